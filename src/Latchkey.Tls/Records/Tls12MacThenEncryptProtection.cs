using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>TLS 1.2 records by AES-CBC over content and HMAC (RFC 5246 §6.2.3.2), opened in constant time by <see cref="MacThenEncrypt"/>.</summary>
internal sealed class Tls12MacThenEncryptProtection : RecordProtection
{
    private readonly MacThenEncrypt _cipher;
    private ulong _sequence;

    /// <summary>Takes the keys of one direction, which are lent.</summary>
    public Tls12MacThenEncryptProtection(CryptoProvider crypto, DigestAlgorithm mac, SecretBytes key, SecretBytes macKey) =>
        _cipher = crypto.CreateMacThenEncrypt(mac, key.Span, macKey.Span);

    internal override int Expansion => AesCbc.BlockSize + _cipher.MacSize + AesCbc.BlockSize;

    internal override int MaxCiphertext => RecordHeader.MaxCiphertext12;

    internal override ulong Sequence => _sequence;

    internal override int PrefixSize => AesCbc.BlockSize;

    internal override int OpeningRoom(int ciphertextSize) => ciphertextSize;

    internal override int Seal(ContentType type, Span<byte> contentAndRoom, Span<byte> destination)
    {
        var content = contentAndRoom[..^1];
        var fragment = AesCbc.BlockSize + _cipher.SealedSize(content.Length);
        RecordHeader.Write(destination, type, fragment);
        var iv = destination.Slice(RecordHeader.Size, AesCbc.BlockSize);
        RandomNumberGenerator.Fill(iv);
        var buffer = destination.Slice(RecordHeader.Size + AesCbc.BlockSize, fragment - AesCbc.BlockSize);
        content.CopyTo(buffer);
        Span<byte> header = stackalloc byte[Tls12PseudoHeader.SizeWithoutLength];
        Tls12PseudoHeader.WriteWithoutLength(header, _sequence, (byte)type, RecordHeader.LegacyVersion);
        _cipher.Seal(iv, header, buffer, content.Length);
        _sequence = checked(_sequence + 1);
        return RecordHeader.Size + fragment;
    }

    internal override bool TryOpen(ReadOnlySpan<byte> headerAndPrefix, ReadOnlySpan<byte> ciphertext, Span<byte> destination, out OpenedRecord opened)
    {
        opened = default;
        var buffer = destination[..ciphertext.Length];
        ciphertext.CopyTo(buffer);
        Span<byte> header = stackalloc byte[Tls12PseudoHeader.SizeWithoutLength];
        Tls12PseudoHeader.WriteWithoutLength(header, _sequence, headerAndPrefix[0], BinaryPrimitives.ReadUInt16BigEndian(headerAndPrefix[1..]));
        if (!_cipher.TryOpen(headerAndPrefix[RecordHeader.Size..], header, buffer, out var length))
            return false;
        _sequence = checked(_sequence + 1);
        opened = new OpenedRecord((ContentType)headerAndPrefix[0], length);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose() => _cipher.Dispose();
}
