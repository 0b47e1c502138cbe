using System.Security.Cryptography;
using Latchkey.Wire;

namespace Latchkey.Client;

public sealed partial class KeyServerConnection
{
    private const int ReceiveBufferSize = 32 * 1024;
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    // The watch itself came so late that this process did not get to run: nobody's silence can be judged.
    private static readonly TimeSpan HeldUp = TimeSpan.FromMilliseconds(500);

    private void StartLoops()
    {
        // The loops outlive the caller; they must not carry its activity and async locals along for hours.
        using (ExecutionContext.SuppressFlow())
            _loops = Task.WhenAll(Task.Run(WriteAsync), Task.Run(ReadAsync), Task.Run(WatchAsync));
    }

    private async Task WriteAsync()
    {
        var writing = new OutgoingBuffer();
        var writes = 0; // since the loop was woken
        try
        {
            while (true)
            {
                bool nothing;
                lock (_gate)
                {
                    if (_broken is not null)
                        return;
                    nothing = _writerSleeps = _outgoing.Length == 0;
                    if (!nothing)
                        (writing, _outgoing) = (_outgoing, writing);
                }
                if (nothing)
                {
                    writes = 0;
                    await _writable.WaitAsync();
                    continue;
                }
                // The caller who woke the loop lends its thread for the first write, which holds its own request; not for others'.
                if (++writes == 2)
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                await _stream.WriteAsync(writing.Written, _stopping.Token);
                writing.Clear();
            }
        }
        catch (Exception e)
        {
            Break(Ended(e));
        }
        finally
        {
            // What was never sent is as secret as what was. Nothing is added any more.
            writing.Clear();
            lock (_gate)
                _outgoing.Clear();
        }
    }

    private async Task ReadAsync()
    {
        var buffer = GC.AllocateArray<byte>(ReceiveBufferSize, pinned: true); // secrets pass through: the collector must leave no copies
        var filled = 0;
        try
        {
            while (true)
            {
                var read = await _stream.ReadAsync(buffer.AsMemory(filled), _stopping.Token);
                if (read == 0)
                {
                    Break(new KeyServerException($"Key server {EndPoint} closed the connection.", KeyServerFailure.Disconnected));
                    return;
                }
                Volatile.Write(ref _lastReceived, TimeProvider.GetTimestamp());
                filled += read;
                if (!TryTakeReplies(buffer, ref filled, out var violation))
                {
                    Break(new KeyServerException($"Key server {EndPoint} {violation}; the connection is closed.", KeyServerFailure.ProtocolViolation));
                    return;
                }
                if (filled == buffer.Length)
                    buffer = Grown(buffer);
            }
        }
        catch (Exception e)
        {
            Break(Ended(e));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>Completes the requests whose replies are whole, and moves what is left to the front.</summary>
    private bool TryTakeReplies(byte[] buffer, ref int filled, out string? violation)
    {
        var position = 0;
        violation = null;
        while (violation is null)
        {
            var status = KeylessFrame.TryRead(buffer.AsSpan(position, filled - position), out var id, out var body, out var size);
            if (status == FrameStatus.Incomplete)
                break;
            violation = status == FrameStatus.WrongVersion
                ? "sent bytes that are not the keyless protocol's version 1"
                : TakeReply(buffer.AsSpan(position, size), id, body);
            position += size;
        }
        var left = filled - position;
        if (left > 0 && position > 0)
        {
            buffer.AsSpan(position, left).CopyTo(buffer);
            CryptographicOperations.ZeroMemory(buffer.AsSpan(left, filled - left)); // half a secret may have stood there
        }
        filled = left;
        return violation is null;
    }

    private string? TakeReply(Span<byte> message, uint id, ReadOnlySpan<byte> body)
    {
        if (!KeylessItems.TryRead(body, out var items))
            return "sent a malformed message";
        var opcode = items.Opcode;
        if (opcode == Opcode.Pong && Standing is { } standing && KeyServerLoad.TryRead(items.Value(ItemTag.Load), out var load))
            standing.Load = load;
        if (!opcode.IsReply())
            return $"sent a message with opcode {(byte)opcode:X2}, which is no reply";
        if (!_pending.TryReply(id, opcode, items, out var secret))
            return $"replied under id {id:X8}, where no request is outstanding";
        if (secret)
            CryptographicOperations.ZeroMemory(message);
        return null;
    }

    private static byte[] Grown(byte[] buffer)
    {
        var grown = GC.AllocateArray<byte>(KeylessFrame.MaxSize, pinned: true);
        buffer.CopyTo(grown, 0);
        CryptographicOperations.ZeroMemory(buffer);
        return grown;
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(WatchInterval, TimeProvider);
        long? pingSent = null;
        var last = TimeProvider.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                var now = TimeProvider.GetTimestamp();
                var wasHeldUp = TimeProvider.GetElapsedTime(last, now) > HeldUp;
                last = now;
                // Replies may lie in the socket, unread for as long as this process did not run.
                if (wasHeldUp && pingSent is not null)
                    pingSent = now;
                if (Standing is { Pace.Overdue: < long.MaxValue } standing)
                {
                    var period = _pending.Outstanding > 0 ? Balancing.Pace.Resolution : WatchInterval;
                    if (timer.Period != period)
                        timer.Period = period;
                    if (!wasHeldUp && _pending.TellOverdue(now, standing.Pace.Overdue, standing.Pace.Late) is > 0 and var late)
                        standing.Late(late);
                }
                if (!_pending.FailLate(now, Late))
                {
                    Break(new KeyServerException($"Key server {EndPoint} answers no request any more.", KeyServerFailure.Disconnected));
                    return;
                }
                var received = Volatile.Read(ref _lastReceived);
                if (pingSent > received)
                {
                    if (TimeProvider.GetElapsedTime(pingSent.Value, now) < _options.PingTimeout)
                        continue;
                    Break(new KeyServerException($"Key server {EndPoint} has been silent for {TimeProvider.GetElapsedTime(received, now).TotalSeconds:0.0} s and answers no ping: taken for dead.", KeyServerFailure.Disconnected));
                    return;
                }
                var limit = _pending.Outstanding > 0 && _options.SilenceLimit < _options.KeepAliveInterval ? _options.SilenceLimit : _options.KeepAliveInterval;
                if (TimeProvider.GetElapsedTime(received, now) < limit)
                    continue;
                pingSent = now;
                SendKeepAlive();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void SendKeepAlive()
    {
        PendingReply? slot;
        bool wakesWriter;
        lock (_gate)
        {
            if (_broken is not null || (slot = _pending.TryTakePing()) is null)
                return;
            var ping = new OutgoingItems(Opcode.Ping);
            var size = KeylessEncoder.GetSize(ping);
            slot.Begin(secret: false, TimeProvider.GetTimestamp(), long.MaxValue);
            KeylessEncoder.Write(_outgoing.GetSpan(size)[..size], slot.Id, ping);
            wakesWriter = Enqueued(size);
        }
        if (wakesWriter)
            _writable.Set();
        _ = ForgetAsync(slot.Outcome(CancellationToken.None));
    }

    // The pong's arrival is all that counts, and the reader notes it; the slot wants its outcome taken.
    private static async Task ForgetAsync(ValueTask<KeylessReply> pong)
    {
        try
        {
            await pong;
        }
        catch (KeyServerException)
        {
        }
    }

    private KeyServerException Late() =>
        new($"Key server {EndPoint} did not answer in time.", KeyServerFailure.TimedOut);

    private KeyServerException Ended(Exception e) =>
        new($"The connection to key server {EndPoint} broke: {e.Message}", KeyServerFailure.Disconnected, e);
}
