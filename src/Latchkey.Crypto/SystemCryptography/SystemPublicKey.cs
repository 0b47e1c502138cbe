using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>An RSA or ECDSA public key; locked, because the base library promises no thread safety.</summary>
internal sealed class SystemPublicKey(AsymmetricAlgorithm key, KeyInfo info, byte[] subjectPublicKeyInfo) : PublicKey
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => info.Algorithm;

    /// <inheritdoc/>
    public override int KeySizeBits => info.SizeBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => subjectPublicKeyInfo;

    /// <inheritdoc/>
    public override bool Verify(SignatureScheme scheme, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (!scheme.GoesWith(Algorithm))
            return false;
        HashAlgorithmName digest = DigestNames.Of(scheme.Digest());
        try
        {
            lock (_lock)
            {
                return key is RSA rsa
                    ? rsa.VerifyData(message, signature, digest, RsaPaddings.Of(scheme.Padding()))
                    : VerifyEcdsa((ECDsa)key, digest, message, signature);
            }
        }
        catch (CryptographicException)
        {
            return false; // some platforms throw for a signature of the wrong shape
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => key.Dispose();

    // The base library's own DER reader takes an s without its leading zero (Wycheproof tcId 6), which is negative in DER.
    private bool VerifyEcdsa(ECDsa ecdsa, HashAlgorithmName digest, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> concatenated = stackalloc byte[2 * (KeySizeBits / 8)];
        return EcdsaSignatureForm.TryConcatenate(signature, concatenated)
            && ecdsa.VerifyData(message, concatenated, digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
