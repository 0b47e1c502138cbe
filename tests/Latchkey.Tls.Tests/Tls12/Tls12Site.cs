using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>Server options for the one site <c>example.test</c> with keys in this process.</summary>
internal static class Tls12Site
{
    public static TestCertificate Rsa { get; } = TestSite.Authority.IssueServer(TestKey.Rsa2048, "example.test");

    public static TestCertificate EcdsaP384 { get; } = TestSite.Authority.IssueServer(TestKey.EcdsaP384, "example.test");

    public static TestCertificate Ecdsa => TestSite.Ecdsa;

    public static TlsCertificate Load(TestCertificate certificate) => TlsCertificate.FromPem(
        certificate.ChainPem, CryptoProvider.Default, new SignatureCustody("local", new LocalHandshakeKey(CryptoProvider.Default.ImportPrivateKey(certificate.PrivateKey))));

    public static TlsSite Site(TestCertificate certificate, TlsProfile profile = TlsProfile.Default, string[]? protocols = null, TlsVersion maxVersion = TlsVersion.Tls13) =>
        Site([Load(certificate)], profile, protocols, maxVersion);

    public static TlsSite Site(TlsCertificate[] certificates, TlsProfile profile = TlsProfile.Default, string[]? protocols = null, TlsVersion maxVersion = TlsVersion.Tls13) => new()
    {
        Name = "example.test",
        Certificates = certificates,
        Profile = profile,
        ApplicationProtocols = protocols ?? [],
        MaxVersion = maxVersion,
    };

    public static TlsServerOptions Options(TlsSite site, bool isDefault = true) => new()
    {
        Sites = new SiteTable([KeyValuePair.Create("example.test", site)], isDefault ? site : null),
    };
}
