using System.Text.Json;

namespace Latchkey.Demo;

/// <summary>
/// Everything of one demonstration on disk, in three folders as three machines would have it: <c>origin/</c> with the page,
/// <c>home/</c> with the private keys, <c>outpost/</c> with certificates only. Disposing deletes it all.
/// </summary>
internal sealed class DemoFolder : IDisposable
{
    /// <summary>The site with an ECDSA certificate; names under <c>localhost</c> lead to this machine by themselves (RFC 6761 §6.3).</summary>
    public const string EcdsaSite = "latchkey.localhost";

    /// <summary>The site with an RSA certificate.</summary>
    public const string RsaSite = "rsa.localhost";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="ports">Where the processes listen.</param>
    /// <param name="custody">Of the sites; null for the default.</param>
    public DemoFolder(DemoPorts ports, string? custody = null)
    {
        Path = Directory.CreateTempSubdirectory("latchkey-demo-").FullName;
        foreach (var folder in new[] { Origin, Home, Outpost, In(Home, "keys") })
            Directory.CreateDirectory(folder);
        WriteCertificates();
        WriteConfigurations(ports, custody);
        WritePage();
    }

    public string Path { get; }

    public string Origin => In(Path, "origin");

    public string Home => In(Path, "home");

    public string Outpost => In(Path, "outpost");

    /// <summary>What clients have to trust.</summary>
    public string AuthorityFile => In(Path, "ca.pem");

    public string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine(parts);

    private void WriteCertificates()
    {
        using var authority = new DemoAuthority("Latchkey demonstration authority");
        foreach (var file in new[] { AuthorityFile, In(Home, "ca.pem"), In(Outpost, "ca.pem") })
            File.WriteAllText(file, authority.CertificatePem);
        authority.IssueEcdsa(In(Home, "ks.pem"), In(Home, "ks.key"), "127.0.0.1", "localhost");
        authority.IssueEcdsa(In(Outpost, "edge.pem"), In(Outpost, "edge.key"), "outpost.localhost");
        authority.IssueEcdsa(In(Outpost, "site.pem"), In(Home, "keys", "site.key"), EcdsaSite, "localhost", "127.0.0.1");
        authority.IssueRsa(In(Outpost, "rsa.pem"), In(Home, "keys", "rsa.key"), RsaSite);
    }

    private void WriteConfigurations(DemoPorts ports, string? custody)
    {
        Write(In(Home, "keyserver.json"), new
        {
            listen = $"127.0.0.1:{ports.KeyServer}",
            admin = $"127.0.0.1:{ports.KeyServerAdmin}",
            certificate = "ks.pem",
            key = "ks.key",
            clientCa = "ca.pem",
            keys = new[] { new { path = "keys", rawOperations = custody == "premaster", fetchKey = custody == "fetched-key" } },
            drainSeconds = 2,
        });
        Write(In(Outpost, "edge.json"), new
        {
            listen = new[] { $"127.0.0.1:{ports.Edge}" },
            admin = $"127.0.0.1:{ports.EdgeAdmin}",
            keyServers = new { home = new { endpoints = new[] { $"127.0.0.1:{ports.KeyServer}" }, certificate = "edge.pem", key = "edge.key", ca = "ca.pem" } },
            sites = new[] { Site(EcdsaSite, "site.pem", ports, custody), Site(RsaSite, "rsa.pem", ports, custody) },
            defaultSite = EcdsaSite,
            drainSeconds = 2,
        });
    }

    private static object Site(string name, string certificate, DemoPorts ports, string? custody) => new
    {
        names = name == EcdsaSite ? new[] { name, "localhost" } : [name],
        certificate,
        keyServer = "home",
        custody = custody ?? "signature",
        // Whoever asks for a custody sees RSA key exchange too, which the default does not offer.
        profile = custody is null ? "default" : "compatible",
        upstream = $"http://127.0.0.1:{ports.Origin}",
    };

    private void WritePage()
    {
        foreach (var name in new[] { "index.html", "style.css", "live.js", "key.svg" })
        {
            using var resource = typeof(DemoFolder).Assembly.GetManifestResourceStream($"page/{name}")!;
            using var file = File.Create(In(Origin, name));
            resource.CopyTo(file);
        }
        DemoPictures.WriteTo(Origin);
    }

    private static void Write(string file, object configuration) => File.WriteAllText(file, JsonSerializer.Serialize(configuration, Indented) + "\n");

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A temporary folder that stays behind is no reason to fail.
        }
    }
}
