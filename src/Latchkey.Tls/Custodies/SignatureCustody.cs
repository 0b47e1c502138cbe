namespace Latchkey.Tls.Custodies;

/// <summary>
/// Everything but the private key is computed here; the key answers through <see cref="IHandshakeKey"/> (rows K1, K2, K4, X1).
/// Signatures are verified with the certificate's key before they are used (attack 16).
/// </summary>
public sealed class SignatureCustody(string name, IHandshakeKey key) : Custody
{
    /// <inheritdoc/>
    public override string Name { get; } = name;

    /// <inheritdoc/>
    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => new Tls12.LocalTls12KeyHolder(key, facts);

    /// <inheritdoc/>
    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new Tls13.LocalTls13KeyHolder(new Tls13.LocalTls13Agreement(key, facts), facts);
}
