using Latchkey.Crypto;

namespace Latchkey.Tls.Clients;

/// <summary>How a site has its clients authenticate (catalogue G1; RFC 5246 §7.4.4, RFC 8446 §4.3.2). Immutable.</summary>
/// <remarks>Only within the handshake: post-handshake authentication (RFC 8446 §4.6.2) is not asked for, and renegotiation there is none.</remarks>
public sealed class ClientCertificates
{
    /// <summary>
    /// All that a client may sign with by default, best first; PKCS#1 v1.5 in TLS 1.2 only, where in TLS 1.3 it still says which certificates
    /// are understood (RFC 8446 §4.2.3).
    /// </summary>
    public static IReadOnlyList<SignatureScheme> DefaultSchemes { get; } =
    [
        SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.Ed25519, SignatureScheme.EcdsaSecp384r1Sha384,
        SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512,
        SignatureScheme.RsaPkcs1Sha256, SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPkcs1Sha512,
    ];

    private readonly IReadOnlyList<SignatureScheme> _schemes = DefaultSchemes;

    /// <summary>Whether a client may go without.</summary>
    public required ClientCertificateMode Mode { get; init; }

    /// <summary>Says whose certificates are accepted.</summary>
    public required ClientCertificateVerifier Verifier { get; init; }

    /// <summary>What a client may prove possession with. SHA-1 is refused (RFC 9155).</summary>
    /// <exception cref="ArgumentException">Empty, or with SHA-1.</exception>
    public IReadOnlyList<SignatureScheme> Schemes
    {
        get => _schemes;
        init => _schemes = value.Count == 0 || value.Contains(SignatureScheme.RsaPkcs1Sha1)
            ? throw new ArgumentException("At least one scheme, and none with SHA-1.", nameof(value))
            : value;
    }
}
