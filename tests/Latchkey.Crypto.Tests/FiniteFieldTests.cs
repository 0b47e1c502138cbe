using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Latchkey.Crypto.Libcrypto;

namespace Latchkey.Crypto.Tests;

/// <summary>Finite-field Diffie-Hellman of TLS 1.2; the second opinion is arithmetic with BigInteger.</summary>
[Trait("Catalogue", "K2")]
public sealed class FiniteFieldTests
{
    public static TheoryData<NamedGroup> Groups => [.. Enum.GetValues<NamedGroup>().Where(group => group.IsFiniteField())];

    [Theory, MemberData(nameof(Groups))]
    public void Computed_primes_are_those_of_libcrypto(NamedGroup group)
    {
        Providers.Named(Providers.Libcrypto);
        using KeyHandle pair = KeyPairTemplate.For(group).Generate();
        AsnReader parameters = new AsnReader(LibcryptoPrivateKey.ReadPublicHalf(pair), AsnEncodingRules.DER).ReadSequence().ReadSequence();
        parameters.ReadObjectIdentifier();
        AsnReader values = parameters.ReadSequence();
        Assert.Equal(values.ReadInteger(), Number(FiniteFieldGroup.Prime(group)));
        Assert.Equal(FiniteFieldGroup.Generator, values.ReadInteger());
        Assert.Equal(0xFF, FiniteFieldGroup.Prime(group)[^1]);
    }

    [Theory, MemberData(nameof(Groups))]
    public void The_secret_is_the_peers_value_to_the_power_of_ours(NamedGroup group)
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        BigInteger p = Number(FiniteFieldGroup.Prime(group));
        using KeyExchange exchange = crypto.CreateKeyExchange(group);
        Assert.Equal(FiniteFieldGroup.Prime(group).Length, exchange.PublicValue.Length);
        Assert.True(crypto.IsPublicValue(group, exchange.PublicValue.Span));
        BigInteger mine = Number(RandomNumberGenerator.GetBytes(32));
        using SecretBytes secret = exchange.DeriveSharedSecret(Padded(BigInteger.ModPow(2, mine, p), group))!;
        Assert.Equal(BigInteger.ModPow(Number(exchange.PublicValue.Span), mine, p), Number(secret.Span));
    }

    [Fact]
    public void Leading_zeros_of_the_secret_are_stripped()
    {
        const NamedGroup group = NamedGroup.Ffdhe2048;
        BigInteger p = Number(FiniteFieldGroup.Prime(group));
        using KeyExchange exchange = Providers.Named(Providers.Libcrypto).CreateKeyExchange(group);
        BigInteger theirs = Number(exchange.PublicValue.Span), mine = 1000, expected = BigInteger.ModPow(theirs, mine, p);
        while (Padded(expected, group)[0] != 0)
            (mine, expected) = (mine + 1, expected * theirs % p);
        using SecretBytes secret = exchange.DeriveSharedSecret(Padded(BigInteger.ModPow(2, mine, p), group))!;
        Assert.True(secret.Length < 256);
        Assert.Equal(expected.ToByteArray(isUnsigned: true, isBigEndian: true), secret.Span.ToArray());
    }

    [Theory, MemberData(nameof(Groups))]
    public void Values_outside_of_2_to_p_minus_2_are_none(NamedGroup group)
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        using KeyExchange exchange = crypto.CreateKeyExchange(group);
        BigInteger p = Number(FiniteFieldGroup.Prime(group));
        foreach (BigInteger bad in (BigInteger[])[0, 1, p - 1, p, p + 1])
        {
            Assert.Null(exchange.DeriveSharedSecret(Padded(bad, group)));
            Assert.False(crypto.IsPublicValue(group, Padded(bad, group)));
            Assert.False(CryptoProvider.BaseLibrary.IsPublicValue(group, Padded(bad, group)));
        }
        foreach (BigInteger good in (BigInteger[])[2, 256, p - 2, p - 257])
        {
            using SecretBytes? secret = exchange.DeriveSharedSecret(Padded(good, group));
            Assert.NotNull(secret);
            Assert.True(crypto.IsPublicValue(group, Padded(good, group)));
            Assert.True(CryptoProvider.BaseLibrary.IsPublicValue(group, Padded(good, group)));
        }
    }

    [Fact]
    public void A_clients_value_may_lack_its_leading_zeros_but_not_be_longer_than_the_prime()
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        using KeyExchange exchange = crypto.CreateKeyExchange(NamedGroup.Ffdhe2048);
        using SecretBytes full = exchange.DeriveSharedSecret(Padded(4, NamedGroup.Ffdhe2048))!;
        using SecretBytes stripped = exchange.DeriveSharedSecret([4])!;
        Assert.True(full.FixedTimeEquals(stripped.Span));
        Assert.Null(exchange.DeriveSharedSecret([]));
        Assert.Null(exchange.DeriveSharedSecret([0, .. Padded(4, NamedGroup.Ffdhe2048)]));
        Assert.False(crypto.IsPublicValue(NamedGroup.Ffdhe2048, [4]));
    }

    [Fact]
    public void The_base_library_has_none_and_says_so()
    {
        Assert.All(Groups, group => Assert.Contains("no finite-field", CryptoProvider.BaseLibrary.UnsupportedReason(group), StringComparison.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => CryptoProvider.Default.AnswerKeyExchange(NamedGroup.Ffdhe2048, new byte[256]));
    }

    private static byte[] Padded(BigInteger value, NamedGroup group)
    {
        byte[] digits = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[FiniteFieldGroup.Prime(group).Length - digits.Length], .. digits];
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
