using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>TLS 1.2 record protection by AEADs: AES-GCM with an explicit nonce (RFC 5288 §3), ChaCha20-Poly1305 without (RFC 7905 §2).</summary>
internal sealed class Tls12AeadProtection : RecordProtection
{
    private const int ExplicitNonceSize = 8;

    private readonly Aead _aead;
    private readonly int _explicitSize;
    private NonceSequence _nonces;

    /// <summary>Takes key and fixed IV of one direction, which are lent.</summary>
    /// <param name="crypto">Makes the AEAD.</param>
    /// <param name="algorithm">Which.</param>
    /// <param name="key">Of the AEAD's key size.</param>
    /// <param name="fixedIv">4 bytes for GCM, 12 for ChaCha20-Poly1305.</param>
    public Tls12AeadProtection(CryptoProvider crypto, AeadAlgorithm algorithm, SecretBytes key, SecretBytes fixedIv)
    {
        var isGcm = algorithm != AeadAlgorithm.ChaCha20Poly1305;
        ArgumentOutOfRangeException.ThrowIfNotEqual(fixedIv.Length, isGcm ? 4 : Aead.NonceSize, nameof(fixedIv));
        _aead = crypto.CreateAead(algorithm, key.Span);
        _explicitSize = isGcm ? ExplicitNonceSize : 0;
        Span<byte> iv = stackalloc byte[Aead.NonceSize];
        iv.Clear();
        fixedIv.Span.CopyTo(iv);
        // For GCM the tail of the IV is zero, so that "IV xor sequence number" is salt ‖ sequence number: the explicit nonce of
        // every record is its number, unique for the key without any randomness (RFC 5288 §3).
        _nonces = new NonceSequence(iv);
        CryptographicOperations.ZeroMemory(iv);
    }

    internal override int Expansion => _explicitSize + Aead.TagSize;

    internal override int MaxCiphertext => RecordHeader.MaxCiphertext12;

    internal override ulong Sequence => _nonces.Next;

    internal override int Seal(ContentType type, Span<byte> contentAndRoom, Span<byte> destination)
    {
        var content = contentAndRoom[..^1];
        var fragment = content.Length + Expansion;
        RecordHeader.Write(destination, type, fragment);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        _nonces.Write(nonce);
        nonce[^_explicitSize..].CopyTo(destination[RecordHeader.Size..]);
        Span<byte> associatedData = stackalloc byte[Tls12PseudoHeader.Size];
        Tls12PseudoHeader.Write(associatedData, _nonces.Next, (byte)type, RecordHeader.LegacyVersion, content.Length);
        _aead.Seal(nonce, content, destination.Slice(RecordHeader.Size + _explicitSize, content.Length + Aead.TagSize), associatedData);
        _nonces.Advance();
        return RecordHeader.Size + fragment;
    }

    internal override int PrefixSize => _explicitSize;

    internal override int OpeningRoom(int ciphertextSize) => Math.Max(0, ciphertextSize - Aead.TagSize);

    internal override bool TryOpen(ReadOnlySpan<byte> headerAndPrefix, ReadOnlySpan<byte> ciphertext, Span<byte> destination, out OpenedRecord opened)
    {
        opened = default;
        var length = ciphertext.Length - Aead.TagSize;
        if (length < 0)
            return false;
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        _nonces.Write(nonce);
        // A peer may choose its explicit nonces as it likes (RFC 5246 §6.2.3.3): taken from the record, not from our count.
        headerAndPrefix[RecordHeader.Size..].CopyTo(nonce[^_explicitSize..]);
        Span<byte> associatedData = stackalloc byte[Tls12PseudoHeader.Size];
        Tls12PseudoHeader.Write(associatedData, _nonces.Next, headerAndPrefix[0], BinaryPrimitives.ReadUInt16BigEndian(headerAndPrefix[1..]), length);
        if (!_aead.TryOpen(nonce, ciphertext, destination[..length], associatedData))
            return false;
        _nonces.Advance();
        opened = new OpenedRecord((ContentType)headerAndPrefix[0], length);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose() => _aead.Dispose();
}
