using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.DelegatedCredentials;

[Trait("Catalogue", "X6")]
public sealed class DelegatedCredentialTests
{
    private static readonly TestCertificate Certificate = TestSite.Authority.IssueDelegating(TestKey.EcdsaP256, "example.test");

    [Fact]
    public void What_was_encoded_is_read_and_verifies()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var credential = DelegatedCredential.TryParse(TestDelegation.Issue(Certificate, SignatureScheme.EcdsaSecp256r1Sha256, 86_400, pair.ExportSubjectPublicKeyInfo()))!;
        Assert.Equal(TimeSpan.FromDays(1), credential.ValidTime);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, credential.Scheme);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, credential.Algorithm);
        Assert.Equal(pair.ExportSubjectPublicKeyInfo(), credential.SubjectPublicKeyInfo.ToArray());
        Assert.True(credential.IsSignedBy(Certificate.Certificate, Key()));
    }

    [Fact]
    public void A_change_of_any_byte_shows()
    {
        var encoded = new TestDelegation(Certificate, SignatureScheme.EcdsaSecp256r1Sha256).Encoded;
        var key = Key();
        for (var i = 0; i < encoded.Length; i++)
        {
            var tampered = encoded.ToArray();
            tampered[i] ^= 1;
            Assert.False(DelegatedCredential.TryParse(tampered)?.IsSignedBy(Certificate.Certificate, key) ?? false, $"byte {i}");
        }

        Assert.Null(DelegatedCredential.TryParse(encoded.AsMemory(..^1)));
        Assert.Null(DelegatedCredential.TryParse((byte[])[.. encoded, 0]));
        Assert.Null(DelegatedCredential.TryParse(default));
    }

    [Fact]
    public void It_belongs_to_one_certificate_also_where_another_has_the_same_key()
    {
        var credential = new TestDelegation(Certificate, SignatureScheme.EcdsaSecp256r1Sha256).Current!.Credential;
        Assert.False(credential.IsSignedBy(TestSite.Ecdsa.Certificate, Key()));
    }

    [Fact]
    public void A_certificate_says_whether_it_may_delegate()
    {
        Assert.True(Read(Certificate).MayDelegate);
        Assert.True(Read(TestSite.Authority.IssueDelegating(TestKey.Rsa2048, "example.test")).MayDelegate);
        Assert.False(Read(TestSite.Ecdsa).MayDelegate);
        Assert.False(Read(TestSite.Authority.IssueDelegating(TestKey.EcdsaP256, TestAuthority.DelegationUsage(critical: true), null, "example.test")).MayDelegate);
        Assert.Null(DelegationCertificate.TryRead("no certificate"u8.ToArray()));
        Assert.Null(DelegationCertificate.TryRead(Certificate.Certificate.AsMemory(..100)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(18_000)] // 2075: a GeneralizedTime, where the others are UTCTime
    public void A_certificate_says_how_long_it_is_valid(int days)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-2);
        var certificate = TestAuthorityOfLongLife(from, days);
        var read = DelegationCertificate.TryRead(certificate.RawData)!;
        Assert.Equal(new DateTimeOffset(certificate.NotBefore), read.NotBefore);
        Assert.Equal(new DateTimeOffset(certificate.NotAfter), read.NotAfter);
        certificate.Dispose();
    }

    private static X509Certificate2 TestAuthorityOfLongLife(DateTimeOffset from, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=example.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(from, from.AddDays(days + 3));
    }

    private static DelegationCertificate Read(TestCertificate certificate) => DelegationCertificate.TryRead(certificate.Certificate)!;

    private static Latchkey.Crypto.PublicKey Key() => CryptoProvider.Default.ImportPublicKey(TlsCertificate.SubjectPublicKeyInfoOf(Certificate.Certificate).Span);
}
