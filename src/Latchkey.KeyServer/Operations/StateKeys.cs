using Latchkey.Crypto;
using Latchkey.Tickets;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// What the states between two questions of a handshake are sealed under: the roots, so that any key server of the pool can answer the second; where none of them is fresh any more, keys of this run
/// alone. When rotation has stopped tickets end, and full handshakes go on (T1).
/// </summary>
internal sealed class StateKeys(TicketKeyRoots roots, CryptoProvider crypto, TimeProvider time) : TicketKeyRing, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>A state lives for a minute; clocks may be set in between.</summary>
    private static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(5);

    private readonly SharedTicketKeyRing _own = Create(crypto, time);

    /// <inheritdoc/>
    public override TicketKey? ForSealing() => roots.ForSealing() ?? _own.ForSealing();

    /// <inheritdoc/>
    public override TicketKey? Find(ReadOnlySpan<byte> name) => roots.Find(name) ?? _own.Find(name);

    /// <summary>Zeroes those of this run.</summary>
    public void Dispose() => _own.Dispose();

    private static SharedTicketKeyRing Create(CryptoProvider crypto, TimeProvider time)
    {
        using var secret = SecretBytes.Random(TicketKey.SecretSize);
        return new SharedTicketKeyRing(secret.Span, Period, OpenFor, crypto, time);
    }
}
