using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Crypto.Tests;

public sealed class PrivateKeyReaderTests
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;

    [Theory]
    [InlineData("PKCS#8", true)]
    [InlineData("PKCS#8", false)]
    [InlineData("encrypted", true)]
    [InlineData("encrypted", false)]
    [InlineData("traditional", true)]
    [InlineData("traditional", false)]
    public void Rsa_and_ec_keys_are_read_in_every_form(string form, bool pem)
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Check(rsa, rsa.ExportSubjectPublicKeyInfo(), rsa.ExportRSAPrivateKey(), "RSA PRIVATE KEY", KeyAlgorithm.Rsa);
        Check(ec, ec.ExportSubjectPublicKeyInfo(), ec.ExportECPrivateKey(), "EC PRIVATE KEY", KeyAlgorithm.EcdsaP384);

        void Check(AsymmetricAlgorithm pair, byte[] expected, byte[] traditional, string traditionalLabel, KeyAlgorithm algorithm)
        {
            (byte[] der, string label) = form switch
            {
                "PKCS#8" => (pair.ExportPkcs8PrivateKey(), "PRIVATE KEY"),
                "encrypted" => (pair.ExportEncryptedPkcs8PrivateKey("päss", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100)), "ENCRYPTED PRIVATE KEY"),
                _ => (traditional, traditionalLabel),
            };
            byte[] file = pem ? Encoding.ASCII.GetBytes("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n" + PemEncoding.WriteString(label, der) + "\n") : der;
            using PrivateKey key = PrivateKeyReader.Read(Crypto, file, form == "encrypted" ? "päss"u8 : default);
            Assert.Equal(algorithm, key.Algorithm);
            Assert.Equal(expected, key.SubjectPublicKeyInfo.ToArray());
        }
    }

    [Fact]
    public void An_ed25519_key_is_read_and_signs_as_in_rfc_8032_test_1()
    {
        byte[] pkcs8 = Convert.FromHexString("302E020100300506032B6570042204209D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60");
        using PrivateKey key = PrivateKeyReader.Read(Crypto, Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", pkcs8)));
        Assert.Equal(
            "E5564300C360AC729086E2CC806E828A84877F1EB8E5D974D873E065224901555FB8821590A33BACC61E39701CF9B46BD25BF5F0595BBE24655141438E7A100B",
            Convert.ToHexString(key.Sign(SignatureScheme.Ed25519, [])));
    }

    [Fact]
    public void A_wrong_or_missing_passphrase_is_named()
    {
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] file = pair.ExportEncryptedPkcs8PrivateKey("right", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 100));
        Assert.Contains("no passphrase", Refusal(file), StringComparison.Ordinal);
        Assert.StartsWith("Wrong passphrase", Assert.Throws<CryptographicException>(() => PrivateKeyReader.Read(Crypto, file, "wrong"u8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_without_a_usable_key_say_why()
    {
        using ECDsa p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using RSA small = RSA.Create(1024);
        Assert.Contains("no private key here", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("no private key here", Refusal("hello"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("not of a private key", Refusal(small.ExportSubjectPublicKeyInfo()), StringComparison.Ordinal);
        Assert.Contains("Unsupported curve 1.3.132.0.35", Refusal(p521.ExportPkcs8PrivateKey()), StringComparison.Ordinal);
        Assert.Contains("Unsupported curve 1.3.132.0.35", Refusal(p521.ExportECPrivateKey()), StringComparison.Ordinal);
        Assert.Contains("not of 1024", Refusal(small.ExportPkcs8PrivateKey()), StringComparison.Ordinal);
        Assert.Contains("old PEM form", Refusal("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n"u8.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_and_every_changed_byte_is_refused_or_read_but_never_breaks()
    {
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] file = pair.ExportPkcs8PrivateKey();
        for (int length = 0; length < file.Length; length++)
            Refusal(file[..length]);
        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 0x01;
            try
            {
                PrivateKeyReader.Read(Crypto, changed).Dispose();
            }
            catch (CryptographicException)
            {
                // the only exception that may come out
            }
        }
    }

    [Fact]
    public void A_key_whose_halves_do_not_belong_together_is_refused()
    {
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] mixed = pair.ExportPkcs8PrivateKey();
        other.ExportSubjectPublicKeyInfo().AsSpan(^64..).CopyTo(mixed.AsSpan(^64..));
        Refusal(mixed);
    }

    private static string Refusal(byte[] file) => Assert.Throws<CryptographicException>(() => PrivateKeyReader.Read(Crypto, file).Dispose()).Message;
}
