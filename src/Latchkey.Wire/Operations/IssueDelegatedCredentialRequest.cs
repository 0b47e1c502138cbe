namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.IssueDelegatedCredential"/> (catalogue X6). Its result is the structure DelegatedCredential of RFC 9345 §4. Spans are lent.</summary>
public readonly ref struct IssueDelegatedCredentialRequest
{
    /// <summary>How long it is to be valid from now on, at least 1; the certificate's own end is its end too.</summary>
    public required uint Seconds { get; init; }

    /// <summary>TLS SignatureScheme by which the certificate's key signs the credential.</summary>
    public required ushort Algorithm { get; init; }

    /// <summary>TLS SignatureScheme by which the credential's key will sign CertificateVerify.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>DER SubjectPublicKeyInfo of the credential's key.</summary>
    public required ReadOnlySpan<byte> PublicKey { get; init; }

    /// <summary>DER, of the end entity: a credential belongs to one certificate.</summary>
    public required ReadOnlySpan<byte> Certificate { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt32(Seconds);
        writer.UInt16(Algorithm);
        writer.UInt16(Scheme);
        writer.Vector16(PublicKey);
        writer.Vector16(Certificate);
    }

    /// <summary>Reads a payload. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out IssueDelegatedCredentialRequest request)
    {
        var reader = new FieldReader(payload);
        request = new IssueDelegatedCredentialRequest
        {
            Seconds = reader.UInt32(),
            Algorithm = reader.UInt16(),
            Scheme = reader.UInt16(),
            PublicKey = reader.Vector16(),
            Certificate = reader.Vector16(),
        };
        return reader.IsComplete && request.Seconds > 0 && !request.PublicKey.IsEmpty && !request.Certificate.IsEmpty;
    }
}
