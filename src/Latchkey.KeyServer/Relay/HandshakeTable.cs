using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Operations;
using Latchkey.Tls.Relay;

namespace Latchkey.KeyServer.Relay;

/// <summary>
/// The relayed handshakes of one connection. There is no other way to one of them than through the table of the connection that began it: a question on another
/// connection, of whatever edge and with whatever number, finds nothing (attack 24). Thread-safe.
/// </summary>
internal sealed class HandshakeTable(HandshakePlaces places, string edge, TimeSpan timeout, TimeProvider time, KeyServerMetrics metrics)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, HandshakeUnderWay> _waiting = [];
    private bool _closed;

    /// <summary>Takes a place for a handshake that is about to begin; false: there is none.</summary>
    public bool TryReserve() => places.TryTake(edge);

    /// <summary>A handshake for a place that was reserved.</summary>
    /// <param name="key">Leased for it.</param>
    /// <param name="engine">Conducts it.</param>
    /// <param name="use">The same key as the engine sees it.</param>
    public HandshakeUnderWay Begin(StoredKey key, ConductedHandshake engine, RelayedHandshakeKey use)
    {
        Span<byte> number = stackalloc byte[8];
        RandomNumberGenerator.Fill(number);
        return new HandshakeUnderWay(BinaryPrimitives.ReadUInt64BigEndian(number), key, engine, use, time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>Lets it wait for the client's next message.</summary>
    public void Wait(HandshakeUnderWay handshake)
    {
        lock (_lock)
        {
            if (!_closed && _waiting.TryAdd(handshake.Number, handshake))
                return;
        }

        End(handshake, "disconnected");
    }

    /// <summary>Takes one out that waits, to go on with it alone; null: unknown, or its time has passed.</summary>
    public HandshakeUnderWay? Take(ulong number)
    {
        HandshakeUnderWay? handshake;
        lock (_lock)
            _waiting.Remove(number, out handshake);
        if (handshake is null || time.GetTimestamp() <= handshake.Deadline)
            return handshake;
        End(handshake, "timeout");
        return null;
    }

    /// <summary>The key of one that waits, leased once more; null: unknown.</summary>
    public StoredKey? LeaseKey(ulong number)
    {
        lock (_lock)
            return _waiting.TryGetValue(number, out var handshake) && handshake.Key.TryLease() ? handshake.Key : null;
    }

    /// <summary>Ends one that has been taken out, or never waited.</summary>
    /// <param name="outcome">For metrics.</param>
    public void End(HandshakeUnderWay handshake, string outcome)
    {
        handshake.Dispose();
        places.Return(edge);
        metrics.HandshakeEnded(outcome);
    }

    /// <summary>Ends those whose time has passed.</summary>
    public void EndOverdue()
    {
        var now = time.GetTimestamp();
        List<HandshakeUnderWay> overdue;
        lock (_lock)
        {
            overdue = [.. _waiting.Values.Where(handshake => handshake.Deadline < now)];
            foreach (var handshake in overdue)
                _waiting.Remove(handshake.Number);
        }

        foreach (var handshake in overdue)
            End(handshake, "timeout");
    }

    /// <summary>The connection has ended, and with it all its handshakes.</summary>
    public void Close()
    {
        HandshakeUnderWay[] left;
        lock (_lock)
        {
            _closed = true;
            left = [.. _waiting.Values];
            _waiting.Clear();
        }

        foreach (var handshake in left)
            End(handshake, "disconnected");
    }
}
