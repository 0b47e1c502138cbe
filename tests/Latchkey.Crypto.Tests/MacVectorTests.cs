using System.Text.Json;

namespace Latchkey.Crypto.Tests;

public sealed class MacVectorTests
{
    public static TheoryData<string, DigestAlgorithm> Cases => new()
    {
        { Providers.Libcrypto, DigestAlgorithm.Sha256 },
        { Providers.Libcrypto, DigestAlgorithm.Sha384 },
        { Providers.BaseLibrary, DigestAlgorithm.Sha256 },
        { Providers.BaseLibrary, DigestAlgorithm.Sha384 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Hmac_agrees_with_wycheproof(string provider, DigestAlgorithm digest)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof(digest == DigestAlgorithm.Sha256 ? "hmac_sha256_test.json" : "hmac_sha384_test.json"))
        {
            using Hmac hmac = crypto.CreateHmac(digest, test.Hex("key"));
            byte[] code = new byte[hmac.Size];
            for (int round = 0; round < 2; round++)
            {
                hmac.Append(test.Hex("msg"));
                hmac.Finish(code);
                int tagSize = group.GetProperty("tagSize").GetInt32() / 8;
                Assert.True(test.Text("result") == "valid" == code.AsSpan(0, tagSize).SequenceEqual(test.Hex("tag")), test.Describe());
            }

            byte[] message = test.Hex("msg");
            byte[] atOnce = new byte[hmac.Size];
            crypto.Hmac(digest, test.Hex("key"), message.AsSpan(0, message.Length / 2), message.AsSpan(message.Length / 2), atOnce);
            Assert.True(code.AsSpan().SequenceEqual(atOnce), test.Describe());
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Hkdf_agrees_with_wycheproof(string provider, DigestAlgorithm digest)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach ((_, JsonElement test) in Vectors.Wycheproof(digest == DigestAlgorithm.Sha256 ? "hkdf_sha256_test.json" : "hkdf_sha384_test.json"))
        {
            byte[] output = new byte[test.GetProperty("size").GetInt32()];
            using SecretBytes extracted = Hkdf.Extract(crypto, digest, test.Hex("salt"), test.Hex("ikm"));
            if (test.Text("result") == "valid")
            {
                Hkdf.Expand(crypto, digest, extracted.Span, test.Hex("info"), output);
                Assert.True(output.AsSpan().SequenceEqual(test.Hex("okm")), test.Describe());
            }
            else
            {
                Assert.Throws<ArgumentException>(() => Hkdf.Expand(crypto, digest, extracted.Span, test.Hex("info"), output));
            }
        }
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void The_prf_with_extended_master_secret_agrees_with_acvp(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach (JsonElement test in Vectors.Json("tls12-ems-kdf.json").GetProperty("tests").EnumerateArray())
        {
            byte[] master = new byte[test.Hex("masterSecret").Length];
            Tls12Prf.Derive(crypto, DigestAlgorithm.Sha256, test.Hex("preMasterSecret"), "extended master secret"u8, test.Hex("sessionHash"), [], master);
            Assert.Equal(test.Hex("masterSecret"), master);
            byte[] keyBlock = new byte[test.Hex("keyBlock").Length];
            Tls12Prf.Derive(crypto, DigestAlgorithm.Sha256, master, "key expansion"u8, test.Hex("serverRandom"), test.Hex("clientRandom"), keyBlock);
            Assert.Equal(test.Hex("keyBlock"), keyBlock);
        }
    }
}
