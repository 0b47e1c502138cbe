namespace Latchkey.Wire.Operations;

/// <summary>One direction's keys in a <see cref="HandshakeReply"/>. Secret; spans are lent.</summary>
public readonly ref struct HandshakeKeys
{
    /// <summary>TLS version, as 0x0303: what the other fields mean.</summary>
    public required ushort Version { get; init; }

    /// <summary>TLS CipherSuite.</summary>
    public required ushort Suite { get; init; }

    /// <summary>TLS 1.2: whether the MAC covers the ciphertext (RFC 7366), 0 or 1.</summary>
    public byte EncryptThenMac { get; init; }

    /// <summary>TLS 1.2: of an AES-CBC suite, else empty.</summary>
    public ReadOnlySpan<byte> MacKey { get; init; }

    /// <summary>TLS 1.2: the cipher's key. TLS 1.3: the traffic secret.</summary>
    public required ReadOnlySpan<byte> Key { get; init; }

    /// <summary>TLS 1.2: the fixed IV; empty for CBC.</summary>
    public ReadOnlySpan<byte> FixedIv { get; init; }

    /// <summary>Writes all fields in order.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt16(Version);
        writer.UInt16(Suite);
        writer.UInt8(EncryptThenMac);
        writer.Vector8(MacKey);
        writer.Vector8(Key);
        writer.Vector8(FixedIv);
    }

    /// <summary>Reads them where they stand. Whether they are well-formed, the reader says at its end.</summary>
    public static HandshakeKeys Read(ref FieldReader reader) => new()
    {
        Version = reader.UInt16(),
        Suite = reader.UInt16(),
        EncryptThenMac = reader.UInt8(),
        MacKey = reader.Vector8(),
        Key = reader.Vector8(),
        FixedIv = reader.Vector8(),
    };
}
