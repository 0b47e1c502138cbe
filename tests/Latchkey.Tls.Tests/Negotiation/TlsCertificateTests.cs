using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Negotiation;

public sealed class TlsCertificateTests
{
    [Theory]
    [InlineData(TestKey.EcdsaP256, KeyAlgorithm.EcdsaP256)]
    [InlineData(TestKey.EcdsaP384, KeyAlgorithm.EcdsaP384)]
    [InlineData(TestKey.Rsa2048, KeyAlgorithm.Rsa)]
    [InlineData(TestKey.Ed25519, KeyAlgorithm.Ed25519)]
    public void A_chain_is_read_with_its_key_whatever_stands_between(TestKey kind, KeyAlgorithm algorithm)
    {
        using var intermediate = TestSite.Authority.CreateIntermediate();
        var issued = intermediate.IssueServer(kind, "example.test");
        var loaded = TlsCertificate.FromPem("a comment\n" + issued.PrivateKeyPem + issued.ChainPem, CryptoProvider.Default, Tls12Site.Load(issued).Custody);
        Assert.Equal(2, loaded.Chain.Count);
        Assert.Equal(issued.Certificate, loaded.Chain[0].ToArray());
        Assert.Equal(issued.Intermediates[0], loaded.Chain[1].ToArray());
        Assert.Equal(algorithm, loaded.PublicKey.Algorithm);
        using var x509 = issued.WithoutPrivateKey();
        Assert.Equal(x509.PublicKey.ExportSubjectPublicKeyInfo(), loaded.PublicKey.SubjectPublicKeyInfo.ToArray());
    }

    [Fact]
    public void What_is_no_chain_is_refused_in_words()
    {
        var custody = Tls12Site.Load(Tls12Site.Ecdsa).Custody;
        Assert.Contains("CERTIFICATE", Refused("nothing"), StringComparison.Ordinal);
        Assert.Contains("CERTIFICATE", Refused(Tls12Site.Ecdsa.PrivateKeyPem), StringComparison.Ordinal);
        Assert.Contains("Certificate 1", Refused(PemEncoding.WriteString("CERTIFICATE", [0x30, 3, 2, 1, 5])), StringComparison.Ordinal);
        Assert.Contains("Certificate 2", Refused(Tls12Site.Ecdsa.ChainPem + PemEncoding.WriteString("CERTIFICATE", [1, 2, 3])), StringComparison.Ordinal);
        string Refused(string pem) => Assert.Throws<CryptographicException>(() => TlsCertificate.FromPem(pem, CryptoProvider.Default, custody)).Message;
    }
}
