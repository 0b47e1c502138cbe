using System.Text.Json;

namespace Latchkey.Crypto.Tests;

public sealed class KeyExchangeVectorTests
{
    [Theory]
    [InlineData(Providers.Libcrypto, NamedGroup.Secp256r1, "ecdh_secp256r1_ecpoint_test.json")]
    [InlineData(Providers.Libcrypto, NamedGroup.Secp384r1, "ecdh_secp384r1_ecpoint_test.json")]
    [InlineData(Providers.BaseLibrary, NamedGroup.Secp256r1, "ecdh_secp256r1_ecpoint_test.json")]
    [InlineData(Providers.BaseLibrary, NamedGroup.Secp384r1, "ecdh_secp384r1_ecpoint_test.json")]
    public void Ecdh_agrees_with_wycheproof_and_takes_uncompressed_points_on_the_curve_only(string provider, NamedGroup group, string file)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach ((_, JsonElement test) in Vectors.Wycheproof(file))
        {
            byte[] peer = test.Hex("public");
            using KeyExchange exchange = crypto.ImportKeyExchange(group, Scalar(test.Hex("private"), group.SecretSize()));
            using SecretBytes? secret = exchange.DeriveSharedSecret(peer);
            bool expected = test.Text("result") == "valid" && peer.Length == group.PublicValueSize();
            Assert.True(expected == secret is not null, test.Describe());
            if (expected)
                Assert.True(secret!.FixedTimeEquals(test.Hex("shared")), test.Describe());
        }
    }

    [Fact]
    public void X25519_agrees_with_wycheproof_and_refuses_the_all_zero_secret()
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        int zero = 0;
        foreach ((_, JsonElement test) in Vectors.Wycheproof("x25519_test.json"))
        {
            byte[] shared = test.Hex("shared");
            using KeyExchange exchange = crypto.ImportKeyExchange(NamedGroup.X25519, test.Hex("private"));
            using SecretBytes? secret = exchange.DeriveSharedSecret(test.Hex("public"));
            bool allZero = shared.AsSpan().IndexOfAnyExcept((byte)0) < 0;
            zero += allZero ? 1 : 0;
            Assert.True(allZero == secret is null, test.Describe());
            if (secret is not null)
                Assert.True(secret.FixedTimeEquals(shared), test.Describe());
        }
        Assert.True(zero > 10, $"only {zero} cases with an all-zero secret ran");
    }

    [Theory]
    [InlineData(NamedGroup.Secp256r1)]
    [InlineData(NamedGroup.Secp384r1)]
    public void One_provider_answers_the_other(NamedGroup group)
    {
        CryptoProvider libcrypto = Providers.Named(Providers.Libcrypto);
        foreach ((CryptoProvider asks, CryptoProvider answers) in ((CryptoProvider, CryptoProvider)[])[(libcrypto, CryptoProvider.BaseLibrary), (CryptoProvider.BaseLibrary, libcrypto)])
        {
            using KeyExchange client = asks.CreateKeyExchange(group);
            KeyExchangeAnswer answer = answers.AnswerKeyExchange(group, client.PublicValue.Span)!;
            using SecretBytes theirs = answer.SharedSecret;
            using SecretBytes mine = client.DeriveSharedSecret(answer.PublicValue)!;
            Assert.True(mine.FixedTimeEquals(theirs.Span));
        }
    }

    private static byte[] Scalar(byte[] value, int size)
    {
        byte[] digits = value.AsSpan().TrimStart((byte)0).ToArray();
        return [.. new byte[size - digits.Length], .. digits];
    }
}
