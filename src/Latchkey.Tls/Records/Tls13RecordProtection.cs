using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>
/// TLS 1.3 record protection from a traffic secret (RFC 8446 §5.2, §7.3). Keeps the secret, because the next generation of keys
/// comes from it (KeyUpdate, §7.2).
/// </summary>
public sealed class Tls13RecordProtection : RecordProtection
{
    /// <summary>Records under one AES-GCM key before an update: below the 2^24.5 of RFC 8446 §5.5. ChaCha20 has no such limit but
    /// gains nothing by being different.</summary>
    internal const ulong DefaultSealLimit = 23_000_000;

    private readonly CryptoProvider _crypto;
    private readonly CipherSuite _suite;
    private readonly SecretBytes _trafficSecret;
    private readonly Aead _aead;
    private NonceSequence _nonces;

    /// <summary>Derives key and IV. <paramref name="trafficSecret"/> is lent: this keeps a copy of its own.</summary>
    public Tls13RecordProtection(CryptoProvider crypto, CipherSuite suite, SecretBytes trafficSecret)
    {
        _crypto = crypto;
        _suite = suite;
        _trafficSecret = SecretBytes.CopyOf(trafficSecret.Span);
        var digest = suite.Digest();
        Span<byte> iv = stackalloc byte[Aead.NonceSize];
        Span<byte> key = stackalloc byte[suite.Aead().KeySizeInBytes()];
        try
        {
            Hkdf.ExpandLabel(crypto, digest, trafficSecret.Span, "key"u8, [], key);
            Hkdf.ExpandLabel(crypto, digest, trafficSecret.Span, "iv"u8, [], iv);
            _aead = crypto.CreateAead(suite.Aead(), key);
            _nonces = new NonceSequence(iv);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(iv);
        }
    }

    /// <summary>Whether the writer must send KeyUpdate before its next record.</summary>
    internal bool IsWornOut => _nonces.Next >= SealLimit;

    /// <summary>Lowered by tests only.</summary>
    internal ulong SealLimit { get; set; } = DefaultSealLimit;

    internal override int Expansion => 1 + Aead.TagSize;

    internal override int MaxCiphertext => RecordHeader.MaxCiphertext13;

    internal override ulong Sequence => _nonces.Next;

    /// <summary>The next generation, application_traffic_secret_N+1 (RFC 8446 §7.2). The caller disposes this one.</summary>
    internal Tls13RecordProtection NextGeneration()
    {
        using var next = new SecretBytes(_trafficSecret.Length);
        Hkdf.ExpandLabel(_crypto, _suite.Digest(), _trafficSecret.Span, "traffic upd"u8, [], next.Span);
        return new Tls13RecordProtection(_crypto, _suite, next) { SealLimit = SealLimit };
    }

    internal override int Seal(ContentType type, Span<byte> contentAndRoom, Span<byte> destination)
    {
        var fragment = contentAndRoom.Length + Aead.TagSize;
        // RFC 8446 §5.2: the outer type is always application_data; the real one is encrypted behind the content.
        RecordHeader.Write(destination, ContentType.ApplicationData, fragment);
        contentAndRoom[^1] = (byte)type;
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        _nonces.Write(nonce);
        _aead.Seal(nonce, contentAndRoom, destination.Slice(RecordHeader.Size, fragment), destination[..RecordHeader.Size]);
        _nonces.Advance();
        return RecordHeader.Size + fragment;
    }

    internal override int PrefixSize => 0;

    // The type stays behind the content.
    internal override int OpeningRoom(int ciphertextSize) => Math.Max(0, ciphertextSize - Aead.TagSize);

    internal override bool TryOpen(ReadOnlySpan<byte> headerAndPrefix, ReadOnlySpan<byte> ciphertext, Span<byte> destination, out OpenedRecord opened)
    {
        opened = default;
        var length = ciphertext.Length - Aead.TagSize;
        if (length < 1)
            return false;
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        _nonces.Write(nonce);
        var inner = destination[..length];
        if (!_aead.TryOpen(nonce, ciphertext, inner, headerAndPrefix))
            return false;
        _nonces.Advance();
        // RFC 8446 §5.4: the type is the last byte that is not zero. None at all: ContentType.None, refused by the reader.
        var end = inner.LastIndexOfAnyExcept((byte)0);
        opened = end < 0 ? new OpenedRecord(ContentType.None, 0) : new OpenedRecord((ContentType)inner[end], end);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _aead.Dispose();
        _trafficSecret.Dispose();
    }
}
