using Latchkey.Crypto;
using Latchkey.KeyServer.Operations;

namespace Latchkey.KeyServer.Keys;

/// <summary>
/// A key whose private half is not in this process or device and is asked for in TLS' words rather than with bytes to sign: another key server's (S3), or shares of
/// several (X5). Calls block the worker of the key's own lane.
/// </summary>
internal abstract class StructuredKey : PrivateKey
{
    /// <summary>Has the content built and signed elsewhere.</summary>
    /// <exception cref="ArgumentException">The scheme does not go with this key, or the content has no parts.</exception>
    public abstract byte[] Sign(SignatureScheme scheme, scoped in SignedContent content);

    /// <inheritdoc/>
    public sealed override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) =>
        throw new ArgumentException("This key signs contents of TLS handshakes only.");
}
