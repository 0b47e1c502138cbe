using System.Text.Json;

namespace Latchkey.Crypto.Tests;

public sealed class RsaDecryptVectorTests
{
    [Theory, Trait("Catalogue", "K1")]
    [InlineData("rsa_pkcs1_2048_test.json")]
    [InlineData("rsa_pkcs1_3072_test.json")]
    public void Raw_decryption_returns_wycheproofs_messages_in_their_padding_and_a_premaster_never_fails(string file)
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        int messages = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof(file))
        {
            using PrivateKey key = crypto.ImportPrivateKey(group.Hex("privateKeyPkcs8"));
            byte[] ciphertext = test.Hex("ct");
            byte[] message = test.Hex("msg");
            using (SecretBytes premaster = key.DecryptPremaster(ciphertext, 0x0303))
                Assert.Equal(48, premaster.Length);
            if (test.Text("result") != "valid")
                continue;
            using SecretBytes block = key.DecryptRaw(ciphertext);
            Assert.Equal([0, 2], block.Span[..2].ToArray());
            Assert.Equal(0, block.Span[^(message.Length + 1)]);
            Assert.Equal(message, block.Span[^message.Length..].ToArray());
            messages++;
        }
        Assert.True(messages > 10, $"only {messages} messages were decrypted");
    }
}
