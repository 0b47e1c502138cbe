using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Tls.Sessions;

/// <summary>
/// Decides whether a ClientHello is fresh enough, and has not been seen before, for its early data to be accepted (RFC 8446 §8.2, §8.3). It refuses early data,
/// never a handshake. Thread-safe.
/// </summary>
/// <remarks>
/// The memory is this process's: another edge that opens the same tickets accepts the same hello once more, within the window. RFC 8446 §8 leaves it to the
/// application to live with that (RFC 8470); an edge that opens its own tickets only (R3) has no such neighbour.
/// </remarks>
public sealed class EarlyDataGuard
{
    /// <summary>How far the age that the client gives and the one that we see may be apart. RFC 8446 §8.3: for clients on the Internet "windows on the order of ten seconds".</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<(UInt128 Name, DateTimeOffset Forgotten)> _order = new();
    private readonly DateTimeOffset _remembersSince;
    private readonly int _capacity;

    /// <param name="now">The time: a hello that may have come before it is not fresh, because nobody would remember it (RFC 8446 §8.2).</param>
    /// <param name="capacity">Hellos remembered at most, about 64 bytes each; when it is full no early data is accepted until one is old enough to be forgotten.</param>
    public EarlyDataGuard(DateTimeOffset now, int capacity = 1 << 17)
    {
        _remembersSince = now;
        _capacity = capacity;
    }

    /// <summary>The one that all listeners of this process share.</summary>
    internal static EarlyDataGuard OfThisProcess { get; } = new(TimeProvider.System.GetUtcNow());

    /// <summary>Judges a hello whose binder was verified, and remembers it.</summary>
    /// <param name="session">Of the ticket in it.</param>
    /// <param name="obfuscatedAge">As the client sent it.</param>
    /// <param name="binder">Of the ticket: nobody else can make another for the same hello, and it covers the hello's random.</param>
    /// <param name="now">The time.</param>
    public bool TryAdmit(SessionFacts session, uint obfuscatedAge, ReadOnlySpan<byte> binder, DateTimeOffset now)
    {
        // RFC 8446 §4.2.11.1: the age is obscured by adding ticket_age_add modulo 2^32.
        var expectedArrival = session.Issued + TimeSpan.FromMilliseconds(unchecked(obfuscatedAge - session.AgeAdd));
        if ((now - expectedArrival).Duration() > Window || expectedArrival - Window < _remembersSince)
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(binder, hash);
        var name = BinaryPrimitives.ReadUInt128BigEndian(hash);
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && oldest.Forgotten < now)
                _seen.Remove(_order.Dequeue().Name);
            if (_seen.Count >= _capacity || !_seen.Add(name))
                return false;
            // It is acceptable for as long as its expected arrival is in the window, which is no later than two windows from now.
            _order.Enqueue((name, now + (2 * Window)));
            return true;
        }
    }
}
