namespace Latchkey.Tls.Sessions;

/// <summary>
/// All of a session but its secret: what decides whether it may be resumed (R10, attack 9). Bound to site, name, certificate,
/// application protocol, version and client, so that a session of one tenant opens nothing at another.
/// </summary>
public sealed record SessionFacts
{
    /// <summary>Version.</summary>
    public required TlsVersion Version { get; init; }

    /// <summary>Suite; a resumption keeps it (TLS 1.2), or its digest (TLS 1.3).</summary>
    public required CipherSuite CipherSuite { get; init; }

    /// <summary>The tenant: <see cref="TlsSite.Name"/>.</summary>
    public required string Site { get; init; }

    /// <summary>SNI of the full handshake; null where absent.</summary>
    public required string? ServerName { get; init; }

    /// <summary>ALPN of the full handshake; null where none was negotiated.</summary>
    public required string? ApplicationProtocol { get; init; }

    /// <summary>SHA-256 of the certificate presented, 32 bytes; empty where a pre-shared key took its place.</summary>
    public required ReadOnlyMemory<byte> CertificateFingerprint { get; init; }

    /// <summary>When the full handshake took place: resumptions do not prolong a session.</summary>
    public required DateTimeOffset Established { get; init; }

    /// <summary>When this ticket or identifier was given out.</summary>
    public required DateTimeOffset Issued { get; init; }

    /// <summary>How long after <see cref="Established"/> it may be resumed; whole seconds, at most 7 days (RFC 8446 §4.6.1).</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>The client's certificate chain, DER, its own first; empty without one (G1).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ClientCertificates { get; init; } = [];

    /// <summary>TLS 1.2: whether encrypt_then_mac was negotiated (RFC 7366 §3: a resumption keeps it).</summary>
    public bool EncryptThenMac { get; init; }

    /// <summary>TLS 1.3: ticket_age_add (RFC 8446 §4.6.1); 0 in TLS 1.2.</summary>
    public uint AgeAdd { get; init; }

    /// <summary>TLS 1.3: bytes of early data this ticket allows; 0 for none.</summary>
    public int MaxEarlyData { get; init; }
}
