using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>
/// A well-formed ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2). Lists keep the client's order and also its unknown and GREASE
/// values (RFC 8701): the enums' values are then not defined ones. A list is null where its extension is absent.
/// </summary>
/// <remarks>Immutable. Slices point into the message it was parsed from, which it keeps alive.</remarks>
public sealed class ClientHello
{
    internal const ushort FallbackScsv = 0x5600;
    internal const ushort RenegotiationScsv = 0x00FF;

    internal ClientHello() { }

    /// <summary>Parses a message.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message: of another type; decode_error: malformed;
    /// illegal_parameter: well-formed, yet against a rule that needs no other knowledge (duplicates, order, ranges).</exception>
    public static ClientHello Parse(HandshakeMessage message) => ClientHelloParser.Parse(message);

    /// <summary>legacy_version: 0x0303 from every TLS 1.3 client.</summary>
    public ushort LegacyVersion { get; internal init; }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> Random { get; internal init; }

    /// <summary>legacy_session_id, 0 to 32 bytes.</summary>
    public ReadOnlyMemory<byte> SessionId { get; internal init; }

    /// <summary>Suites offered, signalling values included.</summary>
    public IReadOnlyList<CipherSuite> CipherSuites { get; internal init; } = [];

    /// <summary>Compression methods; at least one.</summary>
    public ReadOnlyMemory<byte> CompressionMethods { get; internal init; }

    /// <summary>All extensions in order, none twice; empty where there is no extension block.</summary>
    public IReadOnlyList<Extension> Extensions { get; internal init; } = [];

    /// <summary>server_name: a DNS name in lower case without a trailing dot; null where absent or an IP literal.</summary>
    public string? ServerName { get; internal set; }

    /// <summary>supported_groups.</summary>
    public IReadOnlyList<NamedGroup>? SupportedGroups { get; internal set; }

    /// <summary>key_share; no group twice. May be empty: the client asks for a HelloRetryRequest.</summary>
    public IReadOnlyList<KeyShareEntry>? KeyShares { get; internal set; }

    /// <summary>signature_algorithms.</summary>
    public IReadOnlyList<SignatureScheme>? SignatureAlgorithms { get; internal set; }

    /// <summary>signature_algorithms_cert.</summary>
    public IReadOnlyList<SignatureScheme>? SignatureAlgorithmsCert { get; internal set; }

    /// <summary>delegated_credential: how the key of one may sign (RFC 9345 §4.1.1).</summary>
    public IReadOnlyList<SignatureScheme>? DelegatedCredentialSchemes { get; internal set; }

    /// <summary>supported_versions.</summary>
    public IReadOnlyList<TlsVersion>? SupportedVersions { get; internal set; }

    /// <summary>ALPN names; octets above 127 as the Latin-1 characters of the same number.</summary>
    public IReadOnlyList<string>? ApplicationProtocols { get; internal set; }

    /// <summary>psk_key_exchange_modes: 0 is psk_ke, 1 psk_dhe_ke.</summary>
    public ReadOnlyMemory<byte>? PskKeyExchangeModes { get; internal set; }

    /// <summary>pre_shared_key; the last extension where present.</summary>
    public OfferedPreSharedKeys? PreSharedKey { get; internal set; }

    /// <summary>early_data.</summary>
    public bool EarlyData { get; internal set; }

    /// <summary>cookie, as given in a HelloRetryRequest.</summary>
    public ReadOnlyMemory<byte>? Cookie { get; internal set; }

    /// <summary>extended_master_secret.</summary>
    public bool ExtendedMasterSecret { get; internal set; }

    /// <summary>encrypt_then_mac.</summary>
    public bool EncryptThenMac { get; internal set; }

    /// <summary>renegotiation_info's renegotiated_connection.</summary>
    public ReadOnlyMemory<byte>? RenegotiationInfo { get; internal set; }

    /// <summary>session_ticket: empty where the client has none but would take one.</summary>
    public ReadOnlyMemory<byte>? SessionTicket { get; internal set; }

    /// <summary>ec_point_formats.</summary>
    public ReadOnlyMemory<byte>? EcPointFormats { get; internal set; }

    /// <summary>record_size_limit in bytes, at least 64; with TLS 1.3 the content type's byte counts (RFC 8449 §4).</summary>
    public int? RecordSizeLimit { get; internal set; }

    /// <summary>TLS_FALLBACK_SCSV (RFC 7507).</summary>
    public bool IsFallback => CipherSuites.Contains((CipherSuite)FallbackScsv);

    /// <summary>The client knows secure renegotiation (RFC 5746): by extension or by TLS_EMPTY_RENEGOTIATION_INFO_SCSV.</summary>
    public bool SecureRenegotiation => RenegotiationInfo is not null || CipherSuites.Contains((CipherSuite)RenegotiationScsv);
}

/// <summary>One extension, undecoded.</summary>
public readonly record struct Extension(ExtensionType Type, ReadOnlyMemory<byte> Body);

/// <summary>One share of key_share (RFC 8446 §4.2.8); at least one byte.</summary>
public readonly record struct KeyShareEntry(NamedGroup Group, ReadOnlyMemory<byte> KeyExchange);

/// <summary>pre_shared_key of a ClientHello (RFC 8446 §4.2.11): as many binders as identities.</summary>
/// <param name="Identities">At least one.</param>
/// <param name="Binders">32 to 255 bytes each.</param>
/// <param name="TruncatedLength">Bytes of the encoded message before the list of binders: what the binders cover.</param>
public sealed record OfferedPreSharedKeys(IReadOnlyList<PreSharedKeyIdentity> Identities, IReadOnlyList<ReadOnlyMemory<byte>> Binders, int TruncatedLength);

/// <summary>An identity, at least one byte, and obfuscated_ticket_age in milliseconds.</summary>
public readonly record struct PreSharedKeyIdentity(ReadOnlyMemory<byte> Identity, uint ObfuscatedTicketAge);
