using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>
/// TLS 1.2 records by AES-CBC with the HMAC around the ciphertext (RFC 7366): what is not authentic is never decrypted, so that padding
/// tells nothing.
/// </summary>
internal sealed class Tls12EncryptThenMacProtection : RecordProtection
{
    private const int MaxMacSize = 48;

    private readonly AesCbc _cipher;
    private readonly Hmac _mac;
    private ulong _sequence;

    /// <summary>Takes the keys of one direction, which are lent.</summary>
    public Tls12EncryptThenMacProtection(CryptoProvider crypto, DigestAlgorithm mac, SecretBytes key, SecretBytes macKey)
    {
        _cipher = crypto.CreateAesCbc(key.Span);
        _mac = crypto.CreateHmac(mac, macKey.Span);
    }

    internal override int Expansion => AesCbc.BlockSize + AesCbc.BlockSize + _mac.Size;

    internal override int MaxCiphertext => RecordHeader.MaxCiphertext12;

    internal override ulong Sequence => _sequence;

    internal override int PrefixSize => AesCbc.BlockSize;

    internal override int OpeningRoom(int ciphertextSize) => ciphertextSize;

    internal override int Seal(ContentType type, Span<byte> contentAndRoom, Span<byte> destination)
    {
        var content = contentAndRoom[..^1];
        var encrypted = AesCbc.BlockSize + AesCbc.PaddedSize(content.Length);
        RecordHeader.Write(destination, type, encrypted + _mac.Size);
        var ivAndCiphertext = destination.Slice(RecordHeader.Size, encrypted);
        RandomNumberGenerator.Fill(ivAndCiphertext[..AesCbc.BlockSize]);
        content.CopyTo(ivAndCiphertext[AesCbc.BlockSize..]);
        _cipher.Encrypt(ivAndCiphertext[..AesCbc.BlockSize], ivAndCiphertext[AesCbc.BlockSize..], content.Length);
        Authenticate((byte)type, RecordHeader.LegacyVersion, ivAndCiphertext[..AesCbc.BlockSize], ivAndCiphertext[AesCbc.BlockSize..], destination[(RecordHeader.Size + encrypted)..]);
        _sequence = checked(_sequence + 1);
        return RecordHeader.Size + encrypted + _mac.Size;
    }

    internal override bool TryOpen(ReadOnlySpan<byte> headerAndPrefix, ReadOnlySpan<byte> ciphertext, Span<byte> destination, out OpenedRecord opened)
    {
        opened = default;
        if (ciphertext.Length < _mac.Size)
            return false;
        var encrypted = ciphertext[..^_mac.Size];
        var iv = headerAndPrefix[RecordHeader.Size..];
        Span<byte> expected = stackalloc byte[MaxMacSize];
        expected = expected[.._mac.Size];
        Authenticate(headerAndPrefix[0], BinaryPrimitives.ReadUInt16BigEndian(headerAndPrefix[1..]), iv, encrypted, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, ciphertext[encrypted.Length..]))
            return false;
        var buffer = destination[..encrypted.Length];
        encrypted.CopyTo(buffer);
        // An authentic record that does not decrypt is the peer's own fault; it is told the same (RFC 7366 §3 leaves it the one alert).
        if (!_cipher.TryDecrypt(iv, buffer, out var length))
            return false;
        _sequence = checked(_sequence + 1);
        opened = new OpenedRecord((ContentType)headerAndPrefix[0], length);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _cipher.Dispose();
        _mac.Dispose();
    }

    /// <summary>RFC 7366 §3: over seq_num ‖ type ‖ version ‖ length ‖ IV ‖ ciphertext, the length being that of IV and ciphertext.</summary>
    private void Authenticate(byte type, ushort version, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> encrypted, Span<byte> mac)
    {
        Span<byte> header = stackalloc byte[Tls12PseudoHeader.Size];
        Tls12PseudoHeader.Write(header, _sequence, type, version, iv.Length + encrypted.Length);
        _mac.Append(header);
        _mac.Append(iv);
        _mac.Append(encrypted);
        _mac.Finish(mac);
    }
}
