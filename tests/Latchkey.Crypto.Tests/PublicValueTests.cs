using System.Security.Cryptography;

namespace Latchkey.Crypto.Tests;

/// <summary>Attack 4: what is signed as a point must be one, or it could be a document.</summary>
public sealed class PublicValueTests
{
    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Points_of_key_pairs_are_public_values_and_other_bytes_of_their_form_are_not(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach (NamedGroup group in (NamedGroup[])[NamedGroup.Secp256r1, NamedGroup.Secp384r1])
        {
            using KeyExchange pair = crypto.CreateKeyExchange(group);
            byte[] point = pair.PublicValue.ToArray();
            Assert.True(crypto.IsPublicValue(group, point));
            Assert.False(crypto.IsPublicValue(group, point.AsSpan(1)));
            Assert.False(crypto.IsPublicValue(group, [.. point, 0]));
            point[^1] ^= 1;
            Assert.False(crypto.IsPublicValue(group, point));
            Assert.False(crypto.IsPublicValue(group, [4, .. new byte[point.Length - 1]]));
            Assert.False(crypto.IsPublicValue(group, [4, .. Enumerable.Repeat((byte)0xFF, point.Length - 1)]));
        }
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Every_string_of_32_octets_is_an_X25519_value(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        Assert.True(crypto.IsPublicValue(NamedGroup.X25519, RandomNumberGenerator.GetBytes(32)));
        Assert.False(crypto.IsPublicValue(NamedGroup.X25519, new byte[31]));
        Assert.False(crypto.IsPublicValue(NamedGroup.X25519MlKem768, new byte[1216]));
    }
}
