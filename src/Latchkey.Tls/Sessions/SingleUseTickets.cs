using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Tls.Sessions;

/// <summary>
/// Remembers which tickets have been used, until they have outlived themselves: each is accepted once (RFC 8446 §8.1). Thread-safe.
/// </summary>
/// <remarks>
/// The memory is this process's. Where several edges open each other's tickets (R5, R6), a ticket is accepted once by each of them; "once" holds where an edge opens
/// its own tickets only (R3), or one edge serves the site. Nothing is remembered over a restart, after which the tickets of an edge's own ring do not open anyway.
/// </remarks>
public sealed class SingleUseTickets
{
    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly PriorityQueue<UInt128, DateTimeOffset> _byEnd = new();
    private readonly int _capacity;

    /// <param name="capacity">Tickets remembered at most, about 64 bytes each; when it is full no ticket is accepted until one has outlived itself.</param>
    public SingleUseTickets(int capacity = 1 << 20) => _capacity = capacity;

    /// <summary>The one that all listeners of this process share: a ticket must not be good for once per listener.</summary>
    internal static SingleUseTickets OfThisProcess { get; } = new();

    /// <summary>Uses a ticket up.</summary>
    /// <param name="ticket">As the client sent it.</param>
    /// <param name="end">From when on nobody accepts it any more.</param>
    /// <param name="now">The time.</param>
    /// <returns>false: it was used before, or that cannot be told. A full handshake follows.</returns>
    public bool TryUse(ReadOnlySpan<byte> ticket, DateTimeOffset end, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(ticket, hash);
        // Half of the hash: whoever could find two tickets with the same one would get a full handshake for it.
        var name = BinaryPrimitives.ReadUInt128BigEndian(hash);
        lock (_gate)
        {
            while (_byEnd.TryPeek(out var oldest, out var its) && its <= now)
            {
                _byEnd.Dequeue();
                _used.Remove(oldest);
            }

            if (_used.Count >= _capacity || !_used.Add(name))
                return false;
            _byEnd.Enqueue(name, end);
            return true;
        }
    }
}
