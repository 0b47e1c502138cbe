using Latchkey.Crypto;
using Latchkey.KeyServer.Operations;

namespace Latchkey.KeyServer.Keys;

/// <summary>
/// A key whose private half is not in this process or device and is asked for in TLS' words rather than with bytes to sign: another key server's (S3), or shares of
/// several (X5). Calls block the worker of the key's own lane.
/// </summary>
internal abstract class StructuredKey : PrivateKey
{
    /// <summary>Not unless a key says so: <see cref="DeriveMasterSecret"/>.</summary>
    public override bool ServesRsaKeyExchange => false;

    /// <summary>Has the content built and signed elsewhere.</summary>
    /// <exception cref="ArgumentException">The scheme does not go with this key, or the content has no parts.</exception>
    public abstract byte[] Sign(SignatureScheme scheme, scoped in SignedContent content);

    /// <summary>Has the premaster secret of an RSA key exchange opened elsewhere; the caller owns the 48 bytes of the master secret.</summary>
    /// <exception cref="ArgumentException">The key does not serve it.</exception>
    public virtual SecretBytes DeriveMasterSecret(scoped in RsaKeyExchange exchange) => throw new ArgumentException("This key serves no RSA key exchange.");

    /// <inheritdoc/>
    public sealed override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) =>
        throw new ArgumentException("This key signs contents of TLS handshakes only.");
}
