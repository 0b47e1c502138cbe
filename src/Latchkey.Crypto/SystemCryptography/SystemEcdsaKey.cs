using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>An ECDSA key of the base library; locked, because that promises no thread safety.</summary>
internal sealed class SystemEcdsaKey : PrivateKey
{
    private readonly ECDsa _key;
    private readonly Lock _lock = new();
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly KeyInfo _info;

    private SystemEcdsaKey(ECDsa key)
    {
        _key = key;
        _subjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo();
        _info = KeyInfo.OfSubjectPublicKeyInfo(_subjectPublicKeyInfo);
    }

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => _info.Algorithm;

    /// <inheritdoc/>
    public override int KeySizeBits => _info.SizeBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    internal static SystemEcdsaKey Import(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return new SystemEcdsaKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message)
    {
        scheme.ThrowUnlessItGoesWith(Algorithm);
        lock (_lock)
            return _key.SignData(message, DigestNames.Of(scheme.Digest()), DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <inheritdoc/>
    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        SignatureSchemeFacts.ThrowUnlessRawSignable(Algorithm, digest, padding, hash);
        lock (_lock)
            return _key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <inheritdoc/>
    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) =>
        throw new ArgumentException($"An {Algorithm} key does not decrypt.");

    /// <inheritdoc/>
    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) =>
        throw new ArgumentException($"An {Algorithm} key does not decrypt.");

    /// <inheritdoc/>
    public override SecretBytes? ExportPkcs8()
    {
        lock (_lock)
            return SystemPkcs8.Export(_key);
    }

    /// <inheritdoc/>
    public override void Dispose() => _key.Dispose();
}
