using System.Security.Cryptography;

namespace Latchkey.Crypto.Tests;

public sealed class RoundTripTests
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void One_aead_seals_and_opens_alternately_and_in_place(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach (AeadAlgorithm algorithm in Enum.GetValues<AeadAlgorithm>())
            SealAndOpen(crypto, algorithm);
    }

    private static void SealAndOpen(CryptoProvider crypto, AeadAlgorithm algorithm)
    {
        using Aead aead = crypto.CreateAead(algorithm, RandomNumberGenerator.GetBytes(algorithm.KeySizeInBytes()));
        byte[] nonce = new byte[12];
        foreach (int length in (int[])[0, 1, 15, 16, 17, 100, 16384])
        {
            byte[] plaintext = RandomNumberGenerator.GetBytes(length);
            byte[] buffer = new byte[length + 16];
            plaintext.CopyTo(buffer, 0);
            nonce[11]++;
            aead.Seal(nonce, buffer.AsSpan(0, length), buffer, "header"u8);
            byte[] tampered = [.. buffer];
            tampered[^1] ^= 1;
            Assert.False(aead.TryOpen(nonce, tampered, tampered.AsSpan(0, length), "header"u8));
            Assert.True(tampered.AsSpan(0, length).IndexOfAnyExcept((byte)0) < 0);
            Assert.False(aead.TryOpen(nonce, [.. buffer], new byte[length], "Header"u8));
            Assert.True(aead.TryOpen(nonce, buffer, buffer.AsSpan(0, length), "header"u8));
            Assert.Equal(plaintext, buffer[..length]);
        }
    }

    [Theory]
    [InlineData(NamedGroup.Secp256r1)]
    [InlineData(NamedGroup.Secp384r1)]
    [InlineData(NamedGroup.X25519)]
    public void Both_sides_of_an_exchange_reach_the_same_secret(NamedGroup group)
    {
        using KeyExchange client = Crypto.CreateKeyExchange(group);
        KeyExchangeAnswer answer = Crypto.AnswerKeyExchange(group, client.PublicValue.Span)!;
        using SecretBytes mine = client.DeriveSharedSecret(answer.PublicValue)!;
        Assert.True(mine.FixedTimeEquals(answer.SharedSecret.Span));
        answer.SharedSecret.Dispose();
        byte[] bad = [.. answer.PublicValue];
        bad[^1] ^= 1;
        if (group != NamedGroup.X25519)
            Assert.Null(client.DeriveSharedSecret(bad));
        Assert.Null(client.DeriveSharedSecret(new byte[answer.PublicValue.Length]));
        Assert.Null(client.DeriveSharedSecret(answer.PublicValue.AsSpan(1)));
        Assert.Null(Crypto.AnswerKeyExchange(group, []));
    }

    [Fact]
    public void Ecdsa_signatures_are_accepted_by_the_base_library()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using PrivateKey key = Crypto.ImportPrivateKey(other.ExportPkcs8PrivateKey());
        using PublicKey publicKey = Crypto.ImportPublicKey(other.ExportSubjectPublicKeyInfo());
        Assert.Equal(other.ExportSubjectPublicKeyInfo(), key.SubjectPublicKeyInfo.ToArray());
        for (int i = 0; i < 3; i++)
        {
            byte[] signature = key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "message"u8);
            Assert.True(other.VerifyData("message"u8, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            Assert.True(publicKey.Verify(SignatureScheme.EcdsaSecp256r1Sha256, "message"u8, signature));
            Assert.False(publicKey.Verify(SignatureScheme.EcdsaSecp256r1Sha256, "Message"u8, signature));
        }
        Assert.Throws<ArgumentException>(() => key.Sign(SignatureScheme.RsaPkcs1Sha256, "message"u8));
    }

    [Theory]
    [InlineData(SignatureScheme.RsaPkcs1Sha1)]
    [InlineData(SignatureScheme.RsaPkcs1Sha256)]
    [InlineData(SignatureScheme.RsaPssRsaeSha256)]
    [InlineData(SignatureScheme.RsaPssRsaeSha384)]
    [InlineData(SignatureScheme.RsaPssRsaeSha512)]
    public void Rsa_signatures_are_accepted_by_the_base_library(SignatureScheme scheme)
    {
        using RSA other = RSA.Create(2048);
        using PrivateKey key = Crypto.ImportPrivateKey(other.ExportPkcs8PrivateKey());
        byte[] signature = key.Sign(scheme, "message"u8);
        RSASignaturePadding padding = scheme.Padding() == SignaturePadding.Pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var hash = new HashAlgorithmName(scheme.Digest().ToString().ToUpperInvariant());
        Assert.True(other.VerifyData("message"u8, signature, hash, padding));
        using PublicKey publicKey = Crypto.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
        Assert.True(publicKey.Verify(scheme, "message"u8, signature));
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void A_hash_goes_on_after_it_has_been_read(string provider)
    {
        using RunningHash hash = Providers.Named(provider).CreateHash(DigestAlgorithm.Sha256);
        byte[] digest = new byte[32];
        hash.Append("a"u8);
        hash.GetCurrentHash(digest);
        Assert.Equal(SHA256.HashData("a"u8), digest);
        using RunningHash fork = hash.Fork();
        hash.Append("b"u8);
        fork.Append("c"u8);
        hash.GetCurrentHash(digest);
        Assert.Equal(SHA256.HashData("ab"u8), digest);
        fork.GetCurrentHash(digest);
        Assert.Equal(SHA256.HashData("ac"u8), digest);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(200)]
    public void Hmac_and_hkdf_agree_with_the_base_library(int keyLength)
    {
        byte[] key = RandomNumberGenerator.GetBytes(keyLength);
        using Hmac hmac = Crypto.CreateHmac(DigestAlgorithm.Sha384, key);
        byte[] code = new byte[48];
        for (int i = 0; i < 2; i++)
        {
            hmac.Append("mess"u8);
            hmac.Append("age"u8);
            hmac.Finish(code);
            Assert.Equal(HMACSHA384.HashData(key, "message"u8), code);
        }
        byte[] expanded = new byte[100];
        using SecretBytes extracted = Hkdf.Extract(Crypto, DigestAlgorithm.Sha256, key, "input"u8);
        Hkdf.Expand(Crypto, DigestAlgorithm.Sha256, extracted.Span, "info"u8, expanded);
        Assert.Equal(HKDF.DeriveKey(HashAlgorithmName.SHA256, "input"u8.ToArray(), 100, key, "info"u8.ToArray()), expanded);
    }
}
