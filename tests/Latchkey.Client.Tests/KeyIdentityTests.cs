using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Client.Tests;

[Trait("Catalogue", "I4")]
public sealed class KeyIdentityTests
{
    [Fact]
    public void An_RSA_key_is_named_by_the_hash_of_its_public_key_and_of_its_modulus()
    {
        using var rsa = RSA.Create(2048);
        var modulus = rsa.ExportParameters(false).Modulus!;

        var identity = KeyIdentity.Of(rsa.ExportSubjectPublicKeyInfo());

        Assert.Equal(SHA1.HashData(rsa.ExportRSAPublicKey()), identity.SubjectKeyIdentifier.ToArray());
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(Convert.ToHexString(modulus))), identity.CertificateDigest.ToArray());
        Assert.Equal(256, identity.ModulusLength);
        Assert.True(identity.CertificateFingerprint.IsEmpty);
    }

    [Fact]
    public void An_EC_key_is_named_by_the_hash_of_its_point()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = ecdsa.ExportParameters(false).Q;

        var identity = KeyIdentity.Of(ecdsa.ExportSubjectPublicKeyInfo());

        Assert.Equal(SHA1.HashData([4, .. point.X!, .. point.Y!]), identity.SubjectKeyIdentifier.ToArray());
        Assert.True(identity.CertificateDigest.IsEmpty);
        Assert.Equal(0, identity.ModulusLength);
    }

    [Theory]
    [InlineData("192.0.2.1:2407", "192.0.2.1", 2407)]
    [InlineData("keys.example", "keys.example", 2407)]
    [InlineData("keys.example:99", "keys.example", 99)]
    [InlineData("[2001:db8::1]:24070", "2001:db8::1", 24070)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 2407)]
    public void Endpoints_are_read(string text, string host, int port) => Assert.Equal(new KeyServerEndPoint(host, port), KeyServerEndPoint.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(":2407")]
    [InlineData("keys.example:")]
    [InlineData("keys.example:0")]
    [InlineData("keys.example:65536")]
    [InlineData("keys.example:x")]
    [InlineData("2001:db8::1")]
    [InlineData("https://keys.example:2407")]
    [InlineData("a b:2407")]
    public void What_is_no_endpoint_is_shown(string text)
    {
        var wrong = Assert.Throws<FormatException>(() => KeyServerEndPoint.Parse(text));
        Assert.Contains($"\"{text}\"", wrong.Message, StringComparison.Ordinal);
    }
}
