using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>
/// X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem §4): the ML-KEM half comes first everywhere. Client share: encapsulation key
/// 1,184 ‖ X25519 32; server share: ciphertext 1,088 ‖ X25519 32; secret: ML-KEM 32 ‖ X25519 32.
/// </summary>
/// <remarks>An instance is the client's side, which holds the decapsulation key; the server's side is <see cref="Answer"/>.</remarks>
internal sealed class HybridKeyExchange : KeyExchange
{
    private const int EncapsulationKeySize = 1184;
    private const int CiphertextSize = 1088;
    private const int HalfSecretSize = 32;
    private const int X25519Size = 32;

    private readonly KeyExchange _x25519;
    private readonly MLKem _kem;
    private readonly byte[] _publicValue = new byte[EncapsulationKeySize + X25519Size];

    internal HybridKeyExchange(CryptoProvider crypto)
    {
        _x25519 = crypto.CreateKeyExchange(NamedGroup.X25519);
        _kem = MLKem.GenerateKey(MLKemAlgorithm.MLKem768);
        _kem.ExportEncapsulationKey(_publicValue.AsSpan(0, EncapsulationKeySize));
        _x25519.PublicValue.Span.CopyTo(_publicValue.AsSpan(EncapsulationKeySize));
    }

    internal static bool IsSupported => MLKem.IsSupported;

    /// <inheritdoc/>
    public override NamedGroup Group => NamedGroup.X25519MlKem768;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> PublicValue => _publicValue;

    /// <summary>The server's side: encapsulates to the client's key.</summary>
    internal static KeyExchangeAnswer? Answer(CryptoProvider crypto, ReadOnlySpan<byte> clientShare)
    {
        if (clientShare.Length != EncapsulationKeySize + X25519Size)
            return null;
        // The elliptic half first: it is the cheaper one to refuse.
        if (crypto.AnswerKeyExchange(NamedGroup.X25519, clientShare[EncapsulationKeySize..]) is not { } elliptic)
            return null;
        using SecretBytes ellipticSecret = elliptic.SharedSecret;
        byte[] serverShare = new byte[CiphertextSize + X25519Size];
        elliptic.PublicValue.CopyTo(serverShare, CiphertextSize);
        var secret = new SecretBytes(2 * HalfSecretSize);
        try
        {
            // Importing is FIPS 203 §7.2's check that every coefficient is below the modulus.
            using MLKem peer = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, clientShare[..EncapsulationKeySize]);
            peer.Encapsulate(serverShare.AsSpan(0, CiphertextSize), secret.Span[..HalfSecretSize]);
            ellipticSecret.Span.CopyTo(secret.Span[HalfSecretSize..]);
            return new KeyExchangeAnswer(serverShare, secret);
        }
        catch (CryptographicException)
        {
            secret.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    public override SecretBytes? DeriveSharedSecret(ReadOnlySpan<byte> peerPublicValue)
    {
        if (peerPublicValue.Length != CiphertextSize + X25519Size)
            return null;
        using SecretBytes? ellipticSecret = _x25519.DeriveSharedSecret(peerPublicValue[CiphertextSize..]);
        if (ellipticSecret is null)
            return null;
        var secret = new SecretBytes(2 * HalfSecretSize);
        _kem.Decapsulate(peerPublicValue[..CiphertextSize], secret.Span[..HalfSecretSize]); // a wrong ciphertext gives a wrong secret, no error
        ellipticSecret.Span.CopyTo(secret.Span[HalfSecretSize..]);
        return secret;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _x25519.Dispose();
        _kem.Dispose();
    }
}
