using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>Nonces that are a 12-byte IV xor the 64-bit sequence number (RFC 8446 §5.3, RFC 7905 §2).</summary>
internal struct NonceSequence
{
    private readonly ulong _ivTail;
    private readonly uint _ivHead;

    public NonceSequence(ReadOnlySpan<byte> iv)
    {
        _ivHead = BinaryPrimitives.ReadUInt32BigEndian(iv);
        _ivTail = BinaryPrimitives.ReadUInt64BigEndian(iv[4..]);
    }

    /// <summary>The number of the next record.</summary>
    public ulong Next { get; private set; }

    /// <summary>Writes the next record's nonce, <see cref="Aead.NonceSize"/> bytes.</summary>
    public readonly void Write(Span<byte> nonce)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _ivHead);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _ivTail ^ Next);
    }

    /// <summary>Counts a record. RFC 8446 §5.3: sequence numbers must not wrap; 2^64 records are out of reach, so this is a bug's alarm.</summary>
    public void Advance() => Next = checked(Next + 1);
}
