using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>NSS' <c>tstclnt</c>, the TLS of Firefox.</summary>
/// <param name="offersDelegatedCredentials">Whether it takes delegated credentials (RFC 9345).</param>
internal sealed class NssClient(bool offersDelegatedCredentials = false) : ForeignClient
{
    public override string Name => "nss";

    public override string[] Programs => ["tstclnt", "certutil"];

    public override async Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path)
    {
        Tool.SkipUnless("tstclnt", "certutil");
        using var folder = new TemporaryFolder();
        var database = await NssDatabase.CreateAsync(folder.Path, sites.CaFile);
        var request = folder.Write("request", Request(host, path));
        // Its host is the name to verify; the address comes from a hosts file of its own, so no name is resolved.
        var result = await ChildProcess.RunAsync(
            "tstclnt",
            ["-h", "127.0.0.1", "-a", host, "-p", $"{sites.Port}", "-d", database, "-V", $"tls{version}:tls{version}", "-CCC", "-v", "-A", request, "-4", .. offersDelegatedCredentials ? new[] { "-B" } : []],
            input: "");
        var output = result.Succeeded().All;
        return new Visit(
            Find(output, @"SSL version 3\.(\d) using") == "4" ? "1.3" : "1.2",
            Find(output, @"SSL version 3\.\d using (.*)$") + " " + Find(output, @"Server Auth: (.*)$"),
            FirstCertificate(output),
            "",
            output);
    }
}
