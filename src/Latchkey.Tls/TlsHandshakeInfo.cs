using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>What a finished handshake agreed on.</summary>
public sealed record TlsHandshakeInfo
{
    /// <summary>Version.</summary>
    public required TlsVersion Version { get; init; }

    /// <summary>Suite.</summary>
    public required CipherSuite CipherSuite { get; init; }

    /// <summary>Group of the key exchange; null for RSA key exchange.</summary>
    public NamedGroup? Group { get; init; }

    /// <summary>Scheme of the server's signature; null for RSA key exchange and resumption.</summary>
    public SignatureScheme? SignatureScheme { get; init; }

    /// <summary>SNI as sent, lower-cased; null where absent.</summary>
    public string? ServerName { get; init; }

    /// <summary>ALPN; null where none was negotiated.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>Facts of the session that was resumed; null after a full handshake.</summary>
    public Sessions.SessionFacts? Resumed { get; init; }

    /// <summary>What became of the session that the client brought back; null where it brought none, or the site resumes none.</summary>
    public Sessions.ResumptionAttempt? Resumption { get; init; }

    /// <summary>The client's certificate chain, DER, its own first, verified in this handshake or in the one that was resumed; empty without one (G1).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ClientCertificates { get; init; } = [];

    /// <summary>The site.</summary>
    public required TlsSite Site { get; init; }

    /// <summary>The certificate presented, after a resumption in the handshake whose session goes on; null where an external pre-shared key took its place.</summary>
    public required TlsCertificate? Certificate { get; init; }

    /// <summary>The delegated credential whose key signed in place of the certificate's (RFC 9345, catalogue X6); null: none did.</summary>
    public DelegatedCredentials.DelegatedCredential? DelegatedCredential { get; init; }
}
