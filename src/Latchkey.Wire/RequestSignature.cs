using System.Security.Cryptography;

namespace Latchkey.Wire;

/// <summary>
/// Item 4F: an edge's signature over a request (L3). u16 TLS SignatureScheme, key (SHA-256 of its SubjectPublicKeyInfo), u64 Unix milliseconds, nonce, u16 length and signature. It
/// stands behind all items that it covers; only padding may follow. Spans are lent.
/// </summary>
public readonly ref struct RequestSignature
{
    /// <summary>Bytes of a nonce.</summary>
    public const int NonceSize = 16;

    /// <summary>Bytes of the item with the longest signature there is, RSA-8192's.</summary>
    public const int MaxSize = TermsSize + 2 + 1024;

    private const int TermsSize = 2 + SHA256.HashSizeInBytes + 8 + NonceSize;

    /// <summary>TLS SignatureScheme.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>SHA-256 of the key's SubjectPublicKeyInfo.</summary>
    public required ReadOnlySpan<byte> Key { get; init; }

    /// <summary>When it was signed, Unix time in milliseconds.</summary>
    public required ulong Time { get; init; }

    /// <summary>Never used before.</summary>
    public required ReadOnlySpan<byte> Nonce { get; init; }

    /// <summary>Over <see cref="Content"/>.</summary>
    public ReadOnlySpan<byte> Signature { get; init; }

    /// <summary>Reads an item. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out RequestSignature signature)
    {
        var reader = new FieldReader(value);
        signature = new RequestSignature
        {
            Scheme = reader.UInt16(),
            Key = reader.Bytes(SHA256.HashSizeInBytes),
            Time = reader.UInt64(),
            Nonce = reader.Bytes(NonceSize),
            Signature = reader.Vector16(),
        };
        return reader.IsComplete;
    }

    /// <summary>Writes the item.</summary>
    public void Write(ref FieldWriter writer)
    {
        WriteTerms(ref writer);
        writer.Vector16(Signature);
    }

    /// <summary>
    /// What is signed: 64 spaces, a label with the direction, the connection, scheme to nonce, and the items before. The spaces and the label keep it apart from all that
    /// the key may sign elsewhere (RFC 8446 §4.4.3).
    /// </summary>
    /// <param name="binding">What the connection is and no other; the same at both ends, empty where the platform does not tell.</param>
    /// <param name="items">The request's items before this one.</param>
    public byte[] Content(ReadOnlySpan<byte> binding, ReadOnlySpan<byte> items)
    {
        var writer = new FieldWriter(192 + items.Length);
        Span<byte> spaces = stackalloc byte[64];
        spaces.Fill((byte)' ');
        writer.Bytes(spaces);
        writer.Bytes("Latchkey request, edge to key server\0"u8);
        writer.Vector8(binding);
        WriteTerms(ref writer);
        writer.Bytes(items);
        return writer.Written.ToArray();
    }

    private void WriteTerms(ref FieldWriter writer)
    {
        writer.UInt16(Scheme);
        writer.Bytes(Key);
        writer.UInt64(Time);
        writer.Bytes(Nonce);
    }
}
