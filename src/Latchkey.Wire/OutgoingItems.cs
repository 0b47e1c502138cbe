namespace Latchkey.Wire;

/// <summary>
/// The items of a message to be sent. Spans are lent for the call of <see cref="KeylessEncoder"/>; what is empty is left out, as
/// the deployed encoder does.
/// </summary>
public ref struct OutgoingItems
{
    /// <summary>Items of an operation.</summary>
    public OutgoingItems(Opcode opcode) => Opcode = opcode;

    /// <summary>Operation or kind of reply.</summary>
    public Opcode Opcode { get; set; }

    /// <summary>Argument or result.</summary>
    public ReadOnlySpan<byte> Payload { get; set; }

    /// <summary>Free bytes.</summary>
    public ReadOnlySpan<byte> Extra { get; set; }

    /// <summary>20 bytes.</summary>
    public ReadOnlySpan<byte> SubjectKeyIdentifier { get; set; }

    /// <summary>32 bytes.</summary>
    public ReadOnlySpan<byte> CertificateDigest { get; set; }

    /// <summary>4 or 16 bytes: <see cref="IpItem"/>.</summary>
    public ReadOnlySpan<byte> ClientIp { get; set; }

    /// <summary>4 or 16 bytes: <see cref="IpItem"/>.</summary>
    public ReadOnlySpan<byte> ServerIp { get; set; }

    /// <summary>SNI.</summary>
    public ReadOnlySpan<byte> ServerName { get; set; }

    /// <summary>Text.</summary>
    public ReadOnlySpan<byte> CertificateId { get; set; }

    /// <summary>Text.</summary>
    public ReadOnlySpan<byte> CustomFunction { get; set; }

    /// <summary>Trace span.</summary>
    public ReadOnlySpan<byte> TraceSpan { get; set; }

    /// <summary>JSON.</summary>
    public ReadOnlySpan<byte> RequestContext { get; set; }

    /// <summary>0 is not sent.</summary>
    public byte ComplianceRegion { get; set; }

    /// <summary>Latchkey: 6 bytes, <see cref="PeerCapabilities"/>.</summary>
    public ReadOnlySpan<byte> Capabilities { get; set; }

    /// <summary>Latchkey: SHA-256 of the certificate presented, 32 bytes.</summary>
    public ReadOnlySpan<byte> CertificateFingerprint { get; set; }

    /// <summary>Latchkey: TLS SignatureScheme; 0 is not sent.</summary>
    public ushort SignatureScheme { get; set; }

    /// <summary>Latchkey: 32 bytes.</summary>
    public ReadOnlySpan<byte> ClientRandom { get; set; }

    /// <summary>Latchkey: 32 bytes.</summary>
    public ReadOnlySpan<byte> ServerNonce { get; set; }

    /// <summary>Latchkey: 0 or 1; null is not sent.</summary>
    public byte? Sentinel { get; set; }

    /// <summary>Latchkey: encoded key exchange parameters.</summary>
    public ReadOnlySpan<byte> ServerParameters { get; set; }

    /// <summary>Latchkey: 0 for the server's CertificateVerify; null is not sent.</summary>
    public byte? SigningContext { get; set; }

    /// <summary>Latchkey: 32 or 48 bytes.</summary>
    public ReadOnlySpan<byte> TranscriptHash { get; set; }

    /// <summary>Latchkey: from ClientKeyExchange.</summary>
    public ReadOnlySpan<byte> EncryptedPremaster { get; set; }

    /// <summary>Latchkey: legacy_version; 0 is not sent.</summary>
    public ushort ClientVersion { get; set; }

    /// <summary>Latchkey: refused by key servers; for tests that they do.</summary>
    public ReadOnlySpan<byte> SessionHash { get; set; }

    /// <summary>Latchkey: 4 SHA-256, 5 SHA-384; 0 is not sent.</summary>
    public byte PrfHash { get; set; }

    /// <summary>Latchkey: milliseconds; 0 is not sent.</summary>
    public uint PatienceMilliseconds { get; set; }

    /// <summary>Latchkey: an encoded <see cref="Wire.RequestSignature"/> over all other items; it stands behind them.</summary>
    public ReadOnlySpan<byte> RequestSignature { get; set; }

    /// <summary>Latchkey: parts of the key, each with a length of 2 bytes before it.</summary>
    public ReadOnlySpan<byte> KeyPart { get; set; }

    /// <summary>Latchkey: 10 bytes, <see cref="KeyServerLoad"/>.</summary>
    public ReadOnlySpan<byte> Load { get; set; }

    /// <summary>Latchkey: NamedGroup and a public value, 34 or 67 bytes.</summary>
    public ReadOnlySpan<byte> SealTo { get; set; }
}
