using System.Text.Json;

namespace Latchkey.Crypto.Tests;

public sealed class AeadVectorTests
{
    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Aes_gcm_agrees_with_wycheproof(string provider) =>
        Run(provider, "aes_gcm_test.json", keySize => keySize == 128 ? AeadAlgorithm.Aes128Gcm : keySize == 256 ? AeadAlgorithm.Aes256Gcm : null);

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void ChaCha20_poly1305_agrees_with_wycheproof(string provider) =>
        Run(provider, "chacha20_poly1305_test.json", _ => AeadAlgorithm.ChaCha20Poly1305);

    private static void Run(string provider, string file, Func<int, AeadAlgorithm?> algorithmFor)
    {
        CryptoProvider crypto = Providers.Named(provider);
        int ran = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof(file))
        {
            if (group.GetProperty("ivSize").GetInt32() != 96 || group.GetProperty("tagSize").GetInt32() != 128)
                continue; // TLS has no others
            if (algorithmFor(group.GetProperty("keySize").GetInt32()) is not { } algorithm)
                continue;
            using Aead aead = crypto.CreateAead(algorithm, test.Hex("key"));
            byte[] message = test.Hex("msg");
            byte[] expected = [.. test.Hex("ct"), .. test.Hex("tag")];
            byte[] opened = new byte[message.Length];
            bool valid = test.Text("result") == "valid";
            Assert.True(valid == aead.TryOpen(test.Hex("iv"), expected, opened, test.Hex("aad")), test.Describe());
            Assert.Equal(valid ? message : new byte[message.Length], opened);
            if (valid)
            {
                byte[] ciphertext = new byte[expected.Length];
                aead.Seal(test.Hex("iv"), message, ciphertext, test.Hex("aad"));
                Assert.Equal(expected, ciphertext);
            }
            ran++;
        }
        Assert.True(ran > 100, $"only {ran} cases ran");
    }
}
