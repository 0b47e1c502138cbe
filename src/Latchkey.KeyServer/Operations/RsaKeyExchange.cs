using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;

namespace Latchkey.KeyServer.Operations;

/// <summary>A TLS 1.2 RSA key exchange in parts, for a key that is elsewhere. Spans are lent.</summary>
internal readonly ref struct RsaKeyExchange
{
    public required ReadOnlySpan<byte> EncryptedPremaster { get; init; }

    /// <summary>legacy_version of the ClientHello.</summary>
    public required ushort ClientVersion { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> ClientRandom { get; init; }

    /// <summary>The nonce that the server random comes from, 32 bytes.</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    public required DowngradeSentinel Sentinel { get; init; }

    /// <summary>The PRF's.</summary>
    public required DigestAlgorithm Digest { get; init; }

    /// <summary>Where <see cref="Messages"/> are given.</summary>
    public CipherSuite Suite { get; init; }

    /// <summary>From ClientHello through ClientKeyExchange or CertificateVerify, so that whoever derives hashes them itself; empty where extended master secret was not negotiated.</summary>
    public ReadOnlySpan<byte> Messages { get; init; }

    /// <summary>SNI; empty where there is none.</summary>
    public ReadOnlySpan<byte> ServerName { get; init; }
}
