using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Testing;

/// <summary>
/// A certificate authority for one test: ECDSA P-256, SHA-256. What it issues began yesterday (clocks differ) and lasts
/// 30 days (Chromium refuses more than 398).
/// </summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key;
    private readonly X509Certificate2 _certificate;
    private readonly IReadOnlyList<byte[]> _above;

    private TestAuthority(ECDsa key, X509Certificate2 certificate, IReadOnlyList<byte[]> above)
    {
        _key = key;
        _certificate = certificate;
        _above = above;
    }

    /// <summary>DER of this authority's own certificate.</summary>
    public byte[] Certificate => _certificate.RawData;

    public string CertificatePem => Pem.Certificate(_certificate.RawData);

    public static TestAuthority Create(string name = "Latchkey test root")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = AuthorityRequest(name, key);
        return new TestAuthority(key, request.CreateSelfSigned(Begin, End), []);
    }

    /// <summary>An authority below this one; certificates it issues carry its certificate in their chain.</summary>
    public TestAuthority CreateIntermediate(string name = "Latchkey test intermediate")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Sign(AuthorityRequest(name, key));
        return new TestAuthority(key, issued.CopyWithPrivateKey(key), [issued.RawData, .. _above]);
    }

    /// <summary>A server certificate for <paramref name="names"/>, DNS names or IP addresses.</summary>
    public TestCertificate IssueServer(TestKey key, params string[] names) => Issue(key, names[0], ServerUsage, Alternatives(names));

    /// <summary>The same for a key that may sign delegated credentials (RFC 9345 §4.2).</summary>
    public TestCertificate IssueDelegating(TestKey key, params string[] names) => IssueDelegating(key, DelegationUsage(), null, names);

    /// <summary>The same, valid for a time, or wrong in something.</summary>
    /// <param name="usage">null: without DelegationUsage.</param>
    /// <param name="time">null: from yesterday on for 30 days.</param>
    public TestCertificate IssueDelegating(TestKey key, X509Extension? usage, (DateTimeOffset From, DateTimeOffset To)? time, params string[] names) =>
        Issue(key, names[0], ServerUsage, Alternatives(names), time, more: usage);

    /// <summary>The extension of RFC 9345 §4.2.</summary>
    public static X509Extension DelegationUsage(bool critical = false) => new("1.3.6.1.4.1.44363.44", [0x05, 0x00], critical);

    private static X509Extension Alternatives(string[] names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        return alternatives.Build();
    }

    /// <summary>A client certificate, as an edge shows to its key server.</summary>
    public TestCertificate IssueClient(string name, TestKey key = TestKey.EcdsaP256) => Issue(key, name, ClientUsage, null);

    /// <summary>A client certificate whose time was over a day ago.</summary>
    public TestCertificate IssueExpiredClient(string name) =>
        Issue(TestKey.EcdsaP256, name, ClientUsage, null, (Begin.AddMinutes(1), DateTimeOffset.UtcNow.AddHours(-1)));

    /// <summary>A client certificate whose key may not sign.</summary>
    public TestCertificate IssueEnciphermentClient(string name) => Issue(TestKey.Rsa2048, name, ClientUsage, null, keyUsage: X509KeyUsageFlags.KeyEncipherment);

    /// <summary>A list, valid for a day, in DER: these certificates are revoked.</summary>
    public byte[] RevocationList(params TestCertificate[] revoked) => RevocationListOf([.. revoked.Select(certificate => certificate.Certificate)]);

    /// <summary>The same, of certificates in DER.</summary>
    public byte[] RevocationListOf(params byte[][] revoked) => RevocationList(DateTimeOffset.UtcNow.AddDays(1), revoked);

    public byte[] RevocationList(DateTimeOffset nextUpdate, params byte[][] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
        {
            using var parsed = X509CertificateLoader.LoadCertificate(certificate);
            list.AddEntry(parsed);
        }

        using var issuer = _certificate.HasPrivateKey ? new X509Certificate2(_certificate) : _certificate.CopyWithPrivateKey(_key);
        return list.Build(issuer, 1, nextUpdate, HashAlgorithmName.SHA256, thisUpdate: Begin);
    }

    /// <summary>Writes this authority's certificate as <c>name.pem</c> into <paramref name="folder"/>; returns its path.</summary>
    public string Write(string folder, string name = "ca") => Pem.Write(folder, name + ".pem", CertificatePem);

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";

    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static DateTimeOffset Begin => DateTimeOffset.UtcNow.AddDays(-1);

    private static DateTimeOffset End => DateTimeOffset.UtcNow.AddDays(30);

    private TestCertificate Issue(TestKey kind, string name, string usage, X509Extension? alternatives, (DateTimeOffset From, DateTimeOffset To)? time = null, X509KeyUsageFlags? keyUsage = null, X509Extension? more = null)
    {
        var pair = TestKeyPair.Create(kind);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), pair.PublicKey, HashAlgorithmName.SHA256);
        keyUsage ??= kind is TestKey.Rsa2048 or TestKey.Rsa3072
            ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment // RSA key exchange needs the latter
            : X509KeyUsageFlags.DigitalSignature;
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsage.Value, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (alternatives is not null)
        {
            request.CertificateExtensions.Add(alternatives);
        }

        if (more is not null)
        {
            request.CertificateExtensions.Add(more);
        }

        using var issued = Sign(request, time);
        return new TestCertificate(kind, issued.RawData, _above, pair.PrivateKey);
    }

    private X509Certificate2 Sign(CertificateRequest request, (DateTimeOffset From, DateTimeOffset To)? time = null)
    {
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        return request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), time?.From ?? Begin.AddMinutes(1), time?.To ?? End.AddMinutes(-1), serial);
    }

    private static CertificateRequest AuthorityRequest(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
