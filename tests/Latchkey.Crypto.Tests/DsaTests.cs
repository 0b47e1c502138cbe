using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Crypto.Tests;

[Trait("Catalogue", "G6")]
public sealed class DsaTests
{
    // openssl dsaparam -genkey 2048; parameters take too long to generate for every run.
    private const string Key = """
        MIICXAIBADCCAjUGByqGSM44BAEwggIoAoIBAQCINocXObS+fO+8oITTy0HT4T4forNC7GYum+rqHAcETRTPsOIJJTvKKR+k4mfchW0A4YJUglyK55Gn6eyG
        qtuDrBVcysHB0Xe6/bcRCZ5I6VcE8QK1C/n2lCSOEfuBu5ua89PZm8uq6cv3UyWVuwpsiGrm21h1H2CDlkxNiveOFE+mVnH4TdElWFRPGqpppekUQ+Y8FXsO
        Ovb1GaDklGBceDL3s+bM6pfWynklVREE3smq9xUJUhA7G383M8ehthy1ZxJLC6Tqu+cIKpGGooF0td7EFYo3qvsSop3XA5pyON2rE6KOWUSrfGaHOlRtVCJe
        1i1E8U8gwIc0+q/pxNxfAh0A3Vce972hfnpKJDisSy9AKjubTXgSj0SZ//LSEQKCAQBLtU2xSZP8wqoVLlDhnBUNJvzRS7LM0eHIGD6hdfYJOR2f00Ku0TvI
        oKTfXT0cebWA3TxCaJMvzo14JyiXGxDikOo7V7Ja/NK6tFeUjTd50tdLOE0x84KtJXoOpMPW2p2dP+Tnpq2o3k8VnBsDSg9TWDp6ieoLLC6QMDj2UVm1W2Q6
        MAWrudf2fUbVqXJ6d2r36GfnPT+9yWHftbuujo7fPqciMot/zufSi9eDJjFy9LYsUUEiRbq+3eVFLRjildqcLdjVUCN6oLqmUcJ3i8EFNRZkSUjihc9k5Kq5
        cHjpzFRA6+qzlhZtMTzlnz0NHG/lJcT7F6fzc8QuFRll+4hjBB4CHAMl40iX7uswwcZyNX7fjDeOh3bvXTQVeb98PyA=
        """;

    private static byte[] Pkcs8 => Convert.FromBase64String(Key);

    [Fact]
    public void A_key_is_read_signs_with_sha_256_and_the_base_library_agrees()
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        byte[] pem = Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", Pkcs8));
        using PrivateKey key = PrivateKeyReader.Read(crypto, pem);
        Assert.Equal((KeyAlgorithm.Dsa, 2048), (key.Algorithm, key.KeySizeBits));
        byte[] signature = key.Sign(SignatureScheme.DsaSha256, "message"u8);
        using DSA other = DSA.Create();
        other.ImportSubjectPublicKeyInfo(key.SubjectPublicKeyInfo.Span, out _);
        Assert.True(other.VerifyData("message"u8, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        using PublicKey publicKey = crypto.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
        Assert.True(publicKey.Verify(SignatureScheme.DsaSha256, "message"u8, signature));
        Assert.False(publicKey.Verify(SignatureScheme.DsaSha256, "Message"u8, signature));
        Assert.False(publicKey.Verify(SignatureScheme.EcdsaSecp256r1Sha256, "message"u8, signature));
    }

    [Fact]
    public void A_key_signs_with_nothing_else()
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        using PrivateKey key = crypto.ImportPrivateKey(Pkcs8);
        foreach (SignatureScheme scheme in Enum.GetValues<SignatureScheme>().Where(scheme => scheme != SignatureScheme.DsaSha256))
            Assert.Throws<ArgumentException>(() => key.Sign(scheme, "message"u8));
        Assert.Throws<ArgumentException>(() => key.SignDigest(DigestAlgorithm.Sha256, SignaturePadding.None, new byte[32]));
        Assert.Throws<ArgumentException>(() => key.DecryptPremaster(new byte[256], 0x0303));
    }

    [Fact]
    public void Small_keys_and_the_old_file_form_are_refused_with_words()
    {
        using DSA small = DSA.Create(1024);
        Assert.Contains("not of 1024 with 160", Refusal(small.ExportPkcs8PrivateKey()), StringComparison.Ordinal);
        Assert.Contains("openssl pkcs8 -topk8", Refusal("-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n"u8.ToArray()), StringComparison.Ordinal);
        string message = Assert.Throws<CryptographicException>(() => CryptoProvider.BaseLibrary.ImportPrivateKey(Pkcs8)).Message;
        Assert.StartsWith("Dsa keys are not supported", message, StringComparison.Ordinal);
        Assert.False(CryptoProvider.BaseLibrary.Supports(KeyAlgorithm.Dsa));
    }

    private static string Refusal(byte[] file) =>
        Assert.Throws<CryptographicException>(() => PrivateKeyReader.Read(Providers.Named(Providers.Libcrypto), file).Dispose()).Message;
}
