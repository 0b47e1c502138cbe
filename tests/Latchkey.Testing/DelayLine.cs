using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Latchkey.Testing;

/// <summary>One direction: every piece read is stamped with the time it is due and written then, the end of stream included.</summary>
internal sealed class DelayLine(Func<TimeSpan> delay, Func<bool> frozen, int pieceSize, Action passed)
{
    // Bounds what is under way, as a network's buffers do: 16 MiB at 64 KiB a read.
    private const int ReadSize = 64 * 1024;
    private const int PiecesUnderWay = 256;

    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    public async Task CarryAsync(Socket from, Socket to, CancellationToken stopping)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var underWay = Channel.CreateBounded<Piece>(PiecesUnderWay);
        var writing = WriteAsync(underWay.Reader, to, broken);
        try
        {
            await ReadAsync(from, underWay.Writer, broken.Token);
        }
        catch (Exception e)
        {
            underWay.Writer.TryComplete(e);
        }

        await writing;
    }

    private async Task ReadAsync(Socket from, ChannelWriter<Piece> underWay, CancellationToken broken)
    {
        var buffer = new byte[ReadSize];
        int count;
        do
        {
            count = await from.ReceiveAsync(buffer, SocketFlags.None, broken);
            var due = Stopwatch.GetTimestamp() + (long)(delay().TotalSeconds * Stopwatch.Frequency);
            await underWay.WriteAsync(new Piece(due, buffer.AsSpan(0, count).ToArray()), broken);
        }
        while (count > 0);

        underWay.Complete();
    }

    private async Task WriteAsync(ChannelReader<Piece> underWay, Socket to, CancellationTokenSource broken)
    {
        try
        {
            await foreach (var piece in underWay.ReadAllAsync(broken.Token))
            {
                await WaitUntilAsync(piece.Due, broken.Token);
                if (piece.Bytes.Length == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                passed();
                await WriteAsync(piece.Bytes, to, broken.Token);
            }
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, Socket to, CancellationToken broken)
    {
        while (!bytes.IsEmpty)
        {
            var size = pieceSize == 0 ? bytes.Length : Math.Min(pieceSize, bytes.Length);
            var sent = await to.SendAsync(bytes[..size], SocketFlags.None, broken);
            Interlocked.Add(ref _bytes, sent);
            bytes = bytes[sent..];
            if (pieceSize != 0)
            {
                // Time for the receiver to read this piece before the next, so that it sees them apart and not merged by the kernel.
                await Task.Delay(1, broken);
            }
        }
    }

    private async Task WaitUntilAsync(long due, CancellationToken broken)
    {
        while (true)
        {
            var left = frozen() ? TimeSpan.FromMilliseconds(5) : Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left, broken);
        }
    }

    private sealed record Piece(long Due, byte[] Bytes);
}
