namespace Latchkey.Wire.Operations;

/// <summary>
/// Arguments of <see cref="Opcode.DerivePskMasterSecret"/> (RFC 4279 §2, RFC 5489 §2, RFC 7627 §4; catalogue G4). Spans are lent. The result is the 48-byte master
/// secret, also for an identity that nobody knows.
/// </summary>
public readonly ref struct DerivePskMasterSecretRequest
{
    /// <summary>Longest <see cref="OtherSecret"/>: that of ffdhe8192.</summary>
    public const int MaxOtherSecretSize = 1024;

    /// <summary>TLS cipher suite: one of DHE_PSK or ECDHE_PSK.</summary>
    public required ushort Suite { get; init; }

    /// <summary>32 bytes, from which the server random in the messages follows.</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    /// <summary>Downgrade sentinel in the server random: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    public required byte Sentinel { get; init; }

    /// <summary>The shared secret of the key exchange, 1 to 1,024 bytes.</summary>
    public required ReadOnlySpan<byte> OtherSecret { get; init; }

    /// <summary>The handshake messages from ClientHello through ClientKeyExchange with their headers: randoms, identity and extended master secret are read from them.</summary>
    public required ReadOnlySpan<byte> Messages { get; init; }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out DerivePskMasterSecretRequest request)
    {
        var fields = new FieldReader(payload);
        var suite = fields.UInt16();
        var nonce = fields.Bytes(32);
        var sentinel = fields.UInt8();
        var otherSecret = fields.Vector16();
        var messages = fields.Vector16();
        request = new DerivePskMasterSecretRequest { Suite = suite, ServerNonce = nonce, Sentinel = sentinel, OtherSecret = otherSecret, Messages = messages };
        return fields.IsComplete && sentinel <= 1 && otherSecret.Length is > 0 and <= MaxOtherSecretSize && !messages.IsEmpty;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.UInt16(Suite);
        fields.Bytes(ServerNonce);
        fields.UInt8(Sentinel);
        fields.Vector16(OtherSecret);
        fields.Vector16(Messages);
    }
}
