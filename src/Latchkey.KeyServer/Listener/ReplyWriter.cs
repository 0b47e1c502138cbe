using System.Security.Cryptography;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Listener;

/// <summary>
/// The one writer of a connection. Replies are encoded into a buffer as they come; a flush sends what is there, and what comes
/// meanwhile goes out with the next write: the replies to a pipelined burst share TLS records and system calls. Whoever
/// flushes does the writing itself as long as the socket takes it, so an answer needs no other thread.
/// </summary>
/// <param name="stream">Where to; not disposed here.</param>
/// <param name="delivered">Told after each write how many replies it carried.</param>
/// <param name="broken">Told once when writing has failed.</param>
internal sealed class ReplyWriter(Stream stream, Action<int> delivered, Action<Exception> broken)
{
    private const int InitialSize = 4 * 1024;
    private const int LargestKept = 64 * 1024;

    private readonly Lock _lock = new();
    private byte[] _filling = Pinned(InitialSize);
    private byte[] _sending = Pinned(InitialSize);
    private int _filled;
    private int _replies;
    private bool _writing;
    private bool _broken;
    private volatile bool _negotiated;

    /// <summary>Whether the edge has exchanged capabilities; until then it sees the deployed protocol's error codes only.</summary>
    public bool Negotiated
    {
        get => _negotiated;
        set => _negotiated = value;
    }

    /// <summary>Bytes that wait behind the write under way.</summary>
    public int WaitingBytes => Volatile.Read(ref _filled);

    public void AddResult(uint id, ReadOnlySpan<byte> result) => Add(id, new OutgoingItems(Opcode.Response) { Payload = result });

    /// <param name="load">Said to an edge that has exchanged capabilities.</param>
    public void AddPong(uint id, ReadOnlySpan<byte> echo, KeyServerLoad load)
    {
        Span<byte> report = stackalloc byte[KeyServerLoad.Size];
        // What echoes a large ping may fill a message.
        Add(id, new OutgoingItems(Opcode.Pong) { Payload = echo, Load = _negotiated && echo.Length < KeylessEncoder.PaddedSize ? load.Write(report) : default });
    }

    public void AddError(uint id, KeylessError error) => Add(id, new OutgoingItems(Opcode.Error) { Payload = [(byte)error.For(_negotiated)] });

    /// <summary>Sends what is there, unless a write is under way: that one takes it along.</summary>
    public void Flush()
    {
        int length, replies;
        lock (_lock)
        {
            if (_writing || _filled == 0)
                return;
            _writing = true;
            (length, replies) = Swap();
        }
        _ = WriteAsync(length, replies);
    }

    private void Add(uint id, in OutgoingItems items)
    {
        var size = KeylessEncoder.GetSize(items);
        lock (_lock)
        {
            if (_broken)
                return; // it would lie here until the collector comes, and may be a secret
            if (_filling.Length - _filled < size)
                Grow(size);
            KeylessEncoder.Write(_filling.AsSpan(_filled, size), id, items);
            Volatile.Write(ref _filled, _filled + size);
            _replies++;
        }
    }

    private async Task WriteAsync(int length, int replies)
    {
        try
        {
            while (true)
            {
                await stream.WriteAsync(_sending.AsMemory(0, length));
                CryptographicOperations.ZeroMemory(_sending.AsSpan(0, length)); // a master secret may have been among them
                delivered(replies);
                lock (_lock)
                {
                    if (_filled == 0)
                    {
                        _writing = false;
                        return;
                    }
                    (length, replies) = Swap();
                }
            }
        }
        catch (Exception e)
        {
            CryptographicOperations.ZeroMemory(_sending);
            lock (_lock)
            {
                _broken = true;
                CryptographicOperations.ZeroMemory(_filling);
            }
            broken(e);
        }
    }

    private (int Length, int Replies) Swap()
    {
        (_filling, _sending) = (_sending, _filling);
        var result = (_filled, _replies);
        Volatile.Write(ref _filled, 0);
        _replies = 0;
        if (_filling.Length > LargestKept)
            _filling = Pinned(InitialSize);
        return result;
    }

    private void Grow(int size)
    {
        var larger = Pinned(Math.Max(_filling.Length * 2, _filled + size));
        _filling.AsSpan(0, _filled).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_filling.AsSpan(0, _filled));
        _filling = larger;
    }

    // Where the collector moves nothing, it leaves no copies of secrets behind.
    private static byte[] Pinned(int size) => GC.AllocateArray<byte>(size, pinned: true);
}
