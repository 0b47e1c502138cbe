using System.Security.Cryptography;

namespace Latchkey.Crypto.Tests;

public sealed class PremasterTests : IDisposable
{
    private const ushort Tls12 = 0x0303;
    private readonly RSA _pair = RSA.Create(2048);
    private readonly RSA _otherPair = RSA.Create(2048);
    private readonly PrivateKey _key;

    public PremasterTests() => _key = CryptoProvider.Default.ImportPrivateKey(_pair.ExportPkcs8PrivateKey());

    public void Dispose()
    {
        _key.Dispose();
        _pair.Dispose();
        _otherPair.Dispose();
    }

    [Theory, Trait("Catalogue", "K4"), MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void A_good_premaster_is_decrypted(string provider)
    {
        using PrivateKey key = Providers.Named(provider).ImportPrivateKey(_pair.ExportPkcs8PrivateKey());
        byte[] premaster = Premaster(48);
        using SecretBytes decrypted = key.DecryptPremaster(_pair.Encrypt(premaster, RSAEncryptionPadding.Pkcs1), Tls12);
        Assert.Equal(premaster, decrypted.Span.ToArray());
    }

    [Theory, Trait("Catalogue", "K4")]
    [InlineData("bad version")]
    [InlineData("47 bytes")]
    [InlineData("49 bytes")]
    [InlineData("no padding")]
    [InlineData("short")]
    [InlineData("long")]
    [InlineData("empty")]
    [InlineData("the modulus itself")]
    [InlineData("all ones")]
    public void A_bad_premaster_becomes_48_bytes_that_nobody_can_tell_and_no_error(string fault)
    {
        byte[] premaster = Premaster(fault == "47 bytes" ? 47 : fault == "49 bytes" ? 49 : 48);
        if (fault == "bad version")
            premaster[1] = 2;
        byte[] good = _pair.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
        byte[] ciphertext = fault switch
        {
            "no padding" => [0, .. RandomNumberGenerator.GetBytes(255)],
            "short" => good[1..],
            "long" => [0, .. good],
            "empty" => [],
            "the modulus itself" => _pair.ExportParameters(false).Modulus!,
            "all ones" => [.. Enumerable.Repeat((byte)255, 256)],
            _ => good,
        };
        var answers = new HashSet<string>();
        foreach (CryptoProvider crypto in (CryptoProvider[])[CryptoProvider.Default, CryptoProvider.BaseLibrary])
        {
            using PrivateKey key = crypto.ImportPrivateKey(_pair.ExportPkcs8PrivateKey());
            using SecretBytes first = key.DecryptPremaster(ciphertext, Tls12);
            using SecretBytes second = key.DecryptPremaster(ciphertext, Tls12);
            using SecretBytes otherVersion = key.DecryptPremaster(ciphertext, Tls12 + 1);
            using PrivateKey otherKey = crypto.ImportPrivateKey(_otherPair.ExportPkcs8PrivateKey());
            using SecretBytes ofOtherKey = otherKey.DecryptPremaster(ciphertext, Tls12);
            Assert.Equal(48, first.Length);
            // As a good one does: who asks twice learns nothing (attack 7).
            Assert.True(first.FixedTimeEquals(second.Span));
            Assert.False(first.FixedTimeEquals(otherVersion.Span));
            Assert.False(first.FixedTimeEquals(ofOtherKey.Span));
            Assert.False(first.FixedTimeEquals(premaster));
            answers.Add(Convert.ToHexString(first.Span));
        }

        // Nor who asks two machines with the key.
        Assert.Single(answers);
    }

    [Fact, Trait("Catalogue", "K1")]
    public void The_raw_operation_returns_the_padded_block()
    {
        byte[] premaster = Premaster(48);
        using SecretBytes block = _key.DecryptRaw(_pair.Encrypt(premaster, RSAEncryptionPadding.Pkcs1));
        Assert.Equal(256, block.Length);
        Assert.Equal((byte)0, block.Span[0]);
        Assert.Equal((byte)2, block.Span[1]);
        Assert.Equal(premaster, block.Span[^48..].ToArray());
        Assert.Throws<ArgumentException>(() => _key.DecryptRaw(new byte[255]));
        Assert.Throws<ArgumentException>(() => _key.DecryptRaw(_pair.ExportParameters(false).Modulus));
    }

    private static byte[] Premaster(int length)
    {
        byte[] premaster = RandomNumberGenerator.GetBytes(length);
        premaster[0] = 3;
        premaster[1] = 3;
        return premaster;
    }
}
