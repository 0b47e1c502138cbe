using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>An RSA key of the base library; locked, because that promises no thread safety.</summary>
internal sealed class SystemRsaKey : PrivateKey
{
    private readonly RSA _key;
    private readonly Lock _lock = new();
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly byte[] _modulus;
    private readonly KeyInfo _info;
    private readonly PremasterSubstitute _substitute;

    private SystemRsaKey(RSA key)
    {
        _key = key;
        _substitute = new PremasterSubstitute(key.SignHash(PremasterSubstitute.Md5, HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1));
        _subjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo();
        _info = KeyInfo.OfSubjectPublicKeyInfo(_subjectPublicKeyInfo);
        _modulus = RsaModulus.Of(_subjectPublicKeyInfo);
    }

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => KeyAlgorithm.Rsa;

    /// <inheritdoc/>
    public override int KeySizeBits => _info.SizeBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    internal static SystemRsaKey Import(ReadOnlySpan<byte> pkcs8)
    {
        var key = RSA.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return new SystemRsaKey(key);
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
            return _key.SignData(message, DigestNames.Of(scheme.Digest()), RsaPaddings.Of(scheme.Padding()));
    }

    /// <inheritdoc/>
    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        SignatureSchemeFacts.ThrowUnlessRawSignable(Algorithm, digest, padding, hash);
        lock (_lock)
            return _key.SignHash(hash, DigestNames.Of(digest), RsaPaddings.Of(padding));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Not constant time, only near it: the base library tells bad padding by an exception (20 µs and more) or, with
    /// OpenSSL ≥ 3.2, by random plaintext, and has no raw RSA to do better with. The good path therefore throws and catches
    /// an exception too, and the choice between decrypted and substitute is made without a branch. An attacker who can measure
    /// single microseconds may still tell the paths apart: where that matters, libcrypto is the provider to use, or RSA key
    /// exchange stays off, as it is by default.
    /// </remarks>
    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion)
    {
        Span<byte> ciphertext = stackalloc byte[_modulus.Length];
        RandomNumberGenerator.Fill(ciphertext);
        ciphertext[0] = 0;
        if (RsaModulus.IsCiphertext(encryptedPremaster, _modulus))
            encryptedPremaster.CopyTo(ciphertext);
        Span<byte> plaintext = stackalloc byte[_modulus.Length];
        plaintext.Clear();
        try
        {
            int length = 0;
            try
            {
                lock (_lock)
                    length = _key.Decrypt(ciphertext, plaintext, RSAEncryptionPadding.Pkcs1);
                throw new CryptographicException();
            }
            catch (CryptographicException)
            {
                // both outcomes come through here
            }
            return _substitute.Unless(encryptedPremaster, clientVersion, plaintext, length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="PlatformNotSupportedException">Always: the base library has no raw RSA.</exception>
    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) =>
        throw new PlatformNotSupportedException("The .NET base library has no raw RSA operation.");

    /// <inheritdoc/>
    public override SecretBytes? ExportPkcs8()
    {
        lock (_lock)
            return SystemPkcs8.Export(_key);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _substitute.Dispose();
        _key.Dispose();
    }
}
