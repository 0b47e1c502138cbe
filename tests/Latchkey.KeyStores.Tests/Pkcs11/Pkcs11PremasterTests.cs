using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;

namespace Latchkey.KeyStores.Tests.Pkcs11;

/// <summary>The padding of an RSA premaster must not show (RFC 5246 §7.4.7.1), wherever the key is (attack 7).</summary>
[Trait("Catalogue", "S2")]
public sealed class Pkcs11PremasterTests(SoftHsmFixture hsm)
{
    private const ushort Tls12 = 0x0303;

    [Fact]
    public void A_token_opens_a_premaster()
    {
        using var key = hsm.Open(TestKey.Rsa2048).Key;
        var premaster = Premaster(Tls12);

        using var opened = key.DecryptPremaster(Encrypt(premaster), Tls12);

        Assert.Equal(premaster, opened.Span.ToArray());
    }

    public static TheoryData<string> Damages { get; } = ["padding", "type", "separator", "early separator", "version", "short", "long", "empty", "above the modulus"];

    // The same substitute from the token as from the file: a pool in which one key server has the one and another the other tells nothing by asking both.
    [Theory]
    [MemberData(nameof(Damages))]
    public void A_bad_premaster_is_replaced_by_the_same_bytes_each_time_and_by_those_of_the_key_file(string damage)
    {
        using var inToken = hsm.Open(TestKey.Rsa2048).Key;
        using var inFile = CryptoProvider.Default.ImportPrivateKey(hsm.Keys[TestKey.Rsa2048].PrivateKey);
        var premaster = Premaster(Tls12);
        var ciphertext = Damaged(damage, premaster);

        using var first = inToken.DecryptPremaster(ciphertext, Tls12);
        using var second = inToken.DecryptPremaster(ciphertext, Tls12);
        using var ofFile = inFile.DecryptPremaster(ciphertext, Tls12);

        Assert.Equal(48, first.Length);
        Assert.NotEqual(premaster, first.Span.ToArray());
        Assert.Equal(first.Span.ToArray(), second.Span.ToArray());
        Assert.Equal(ofFile.Span.ToArray(), first.Span.ToArray());
    }

    private byte[] Damaged(string damage, byte[] premaster)
    {
        var block = new byte[256];
        RandomNumberGenerator.Fill(block);
        for (var i = 0; i < block.Length; i++)
            block[i] |= 1;
        (block[0], block[1], block[^49]) = (0, 2, 0);
        premaster.CopyTo(block.AsSpan(^48));
        switch (damage)
        {
            case "padding": block[5] = 0; break;
            case "type": block[1] = 1; break;
            case "separator": block[^49] = 1; break;
            case "early separator": block[^50] = 0; break;
            case "version": block[^47] ^= 1; break;
            case "short": return Encrypt(premaster)[..255];
            case "long": return [.. Encrypt(premaster), 0];
            case "empty": return [];
            case "above the modulus": return [.. Enumerable.Repeat((byte)0xFF, 256)];
        }
        using var rsa = hsm.Keys[TestKey.Rsa2048].WithoutPrivateKey().PublicKey.GetRSAPublicKey()!;
        var numbers = rsa.ExportParameters(false);
        var raised = System.Numerics.BigInteger.ModPow(Number(block), Number(numbers.Exponent!), Number(numbers.Modulus!)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[256 - raised.Length], .. raised];
    }

    private byte[] Encrypt(byte[] premaster)
    {
        using var rsa = hsm.Keys[TestKey.Rsa2048].WithoutPrivateKey().PublicKey.GetRSAPublicKey()!;
        return rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
    }

    private static byte[] Premaster(ushort version) => [(byte)(version >> 8), (byte)version, .. RandomNumberGenerator.GetBytes(46)];

    private static System.Numerics.BigInteger Number(byte[] bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);
}
