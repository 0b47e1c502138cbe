using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Bench.Servers;

/// <summary>What all servers under test serve: the same certificates, the same small page and the same large file.</summary>
internal sealed class Site : IDisposable
{
    public const string HostName = "bench.test";
    public const int LargeFileMegabytes = 64;

    public Site()
    {
        Folder = Directory.CreateTempSubdirectory("latchkey-bench-").FullName;
        // nginx started by root reads the pages as another user.
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Web);
        File.WriteAllText(Path.Combine(Web, "index.html"), "<!doctype html><title>bench</title><p>hello\n");
        File.WriteAllBytes(Path.Combine(Web, "large.bin"), RandomNumberGenerator.GetBytes(LargeFileMegabytes << 20));
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        WritePair("ecdsa", new CertificateRequest($"CN={HostName}", ecdsa, HashAlgorithmName.SHA256), ecdsa.ExportPkcs8PrivateKeyPem());
        WritePair("rsa", new CertificateRequest($"CN={HostName}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), rsa.ExportPkcs8PrivateKeyPem());
        WriteLink();
    }

    public string Folder { get; }

    public string Web => Path.Combine(Folder, "web");

    public string Certificate(string kind) => Path.Combine(Folder, kind, "site.pem");

    public string Key(string kind) => Path.Combine(Folder, kind, "site.key");

    public string Link(string file) => Path.Combine(Folder, "link", file);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void WritePair(string kind, CertificateRequest request, string keyPem)
    {
        Directory.CreateDirectory(Path.Combine(Folder, kind));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(HostName);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Certificate(kind), certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(Key(kind), keyPem + "\n");
    }

    /// <summary>An authority, and a certificate of it for either end of the key link.</summary>
    private void WriteLink()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "link"));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=bench link authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = authorityRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Link("ca.pem"), authority.ExportCertificatePem() + "\n");
        foreach (var name in new[] { "ks", "edge" })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
            File.WriteAllText(Link(name + ".pem"), certificate.ExportCertificatePem() + "\n");
            File.WriteAllText(Link(name + ".key"), key.ExportPkcs8PrivateKeyPem() + "\n");
        }
    }
}
