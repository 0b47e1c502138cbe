using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary><c>curl</c>, over HTTP/1.1 or HTTP/2.</summary>
internal sealed class CurlClient(string http) : ForeignClient
{
    public override string Name => $"curl-{http}";

    public override string[] Programs => ["curl"];

    public override async Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path)
    {
        var result = await RunAsync(sites, host, path, [$"--{http}", $"--tlsv{version}", "--tls-max", version, "-v", "-w", "\n%{http_version}\n%{certs}"]);
        result.Succeeded();
        return new Visit(
            Find(result.Errors, @"SSL connection using TLSv(1\.\d) /"),
            Find(result.Errors, @"SSL connection using TLSv1\.\d / (\S+)"),
            FirstCertificate(result.Output),
            Find(result.Output, @"^([12](?:\.1)?)$") == "2" ? "h2" : "http/1.1",
            result.Output);
    }

    public static Task<ChildResult> RunAsync(
        ServedSites sites, string host, string path, IEnumerable<string> options, int? port = null, TimeSpan? timeout = null)
    {
        port ??= sites.Port;
        return ChildProcess.RunAsync(
            Tool.SkipUnless("curl"),
            ["-sS", "--cacert", sites.CaFile, "--resolve", $"{host}:{port}:127.0.0.1", "--max-time", "100", .. options, $"https://{host}:{port}{path}"],
            timeout: timeout);
    }
}
