namespace Latchkey.Crypto.Tests;

/// <summary>A private value that leaves its pair and comes back is the same pair: what a key server seals between two questions.</summary>
public sealed class PrivateValueTests
{
    [Theory]
    [InlineData(Providers.Libcrypto, NamedGroup.X25519, 32)]
    [InlineData(Providers.Libcrypto, NamedGroup.Secp256r1, 32)]
    [InlineData(Providers.Libcrypto, NamedGroup.Secp384r1, 48)]
    [InlineData(Providers.Libcrypto, NamedGroup.Ffdhe2048, 64)]
    [InlineData(Providers.Libcrypto, NamedGroup.Ffdhe8192, 64)]
    [InlineData(Providers.Libcrypto, NamedGroup.Modp3072, 64)]
    [InlineData(Providers.BaseLibrary, NamedGroup.Secp256r1, 32)]
    [InlineData(Providers.BaseLibrary, NamedGroup.Secp384r1, 48)]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "K3a")]
    public void A_pair_goes_on_from_its_private_value(string provider, NamedGroup group, int size)
    {
        CryptoProvider crypto = Providers.Named(provider);
        using KeyExchange peer = crypto.CreateKeyExchange(group);
        using KeyExchange first = crypto.CreateKeyExchange(group);
        using SecretBytes privateValue = first.ExportPrivateValue();

        using KeyExchange second = crypto.ImportKeyExchange(group, privateValue.Span);

        Assert.Equal(size, privateValue.Length);
        using SecretBytes expected = first.DeriveSharedSecret(peer.PublicValue.Span)!;
        using SecretBytes secret = second.DeriveSharedSecret(peer.PublicValue.Span)!;
        using SecretBytes theirs = peer.DeriveSharedSecret(second.PublicValue.Span)!;
        Assert.True(secret.FixedTimeEquals(expected.Span));
        Assert.True(theirs.FixedTimeEquals(expected.Span));
        Assert.Equal(first.PublicValue.ToArray(), second.PublicValue.ToArray());
    }

    [Theory]
    [InlineData(NamedGroup.Secp256r1)]
    [InlineData(NamedGroup.Secp384r1)]
    public void One_provider_goes_on_with_the_others(NamedGroup group)
    {
        using KeyExchange first = Providers.Named(Providers.Libcrypto).CreateKeyExchange(group);
        using SecretBytes privateValue = first.ExportPrivateValue();

        using KeyExchange second = CryptoProvider.BaseLibrary.ImportKeyExchange(group, privateValue.Span);

        Assert.Equal(first.PublicValue.ToArray(), second.PublicValue.ToArray());
    }

    [Fact]
    public void A_hybrid_has_none()
    {
        if (!CryptoProvider.Default.Supports(NamedGroup.X25519MlKem768))
            Assert.Skip("No ML-KEM here.");
        using KeyExchange hybrid = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519MlKem768);
        Assert.Throws<NotSupportedException>(hybrid.ExportPrivateValue);
    }
}
