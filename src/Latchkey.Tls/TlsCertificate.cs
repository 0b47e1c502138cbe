using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>A certificate chain, and who holds the private key of its first certificate. Immutable, shared by handshakes.</summary>
public sealed class TlsCertificate
{
    /// <summary>DER certificates, the site's own first, as sent on the wire; the root may be left out.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; }

    /// <summary>The first certificate's key: signatures are verified with it before they are used.</summary>
    public required PublicKey PublicKey { get; init; }

    /// <summary>Who computes what of the handshake.</summary>
    public required Custodies.Custody Custody { get; init; }
}
