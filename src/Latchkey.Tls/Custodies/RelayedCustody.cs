using Latchkey.Tls.Relay;

namespace Latchkey.Tls.Custodies;

/// <summary>Nothing of a handshake is computed here: it is conducted where the private key is, and its messages are relayed (rows K6, K7, R11).</summary>
public sealed class RelayedCustody(string name, HandshakeRelay relay) : Custody
{
    /// <inheritdoc/>
    public override string Name { get; } = name;

    /// <inheritdoc/>
    public override HandshakeRelay? Relay { get; } = relay;

    /// <inheritdoc/>
    public override bool KeepsSessions => true;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Always: a handshake that asks has not looked at <see cref="Relay"/>.</exception>
    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => throw NotHere();

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Always: a handshake that asks has not looked at <see cref="Relay"/>.</exception>
    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => throw NotHere();

    private InvalidOperationException NotHere() => new($"With custody {Name}, handshakes are conducted elsewhere.");
}
