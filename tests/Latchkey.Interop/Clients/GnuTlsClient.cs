using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary><c>gnutls-cli</c>.</summary>
internal sealed class GnuTlsClient : ForeignClient
{
    public override string Name => "gnutls";

    public override string[] Programs => ["gnutls-cli"];

    public override async Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path)
    {
        var result = await RunAsync(sites, host, $"NORMAL:-VERS-ALL:+VERS-TLS{version}", Request(host, path));
        var output = result.Succeeded().Output;
        var description = Find(output, @"^- Description: (.*)$");
        return new Visit(
            Find(description, @"^\(TLS(1\.\d)"),
            description,
            FirstCertificate(output),
            Find(output, @"^- Application protocol: (\S+)"),
            output);
    }

    /// <summary>Two connections, the second with the session of the first. Left to itself, gnutls-cli waits 60 ms for a ticket of TLS 1.3, which a busy machine's server does not always keep to.</summary>
    public static Task<ChildResult> ResumeAsync(ServedSites sites, string host, string priority, string request) =>
        RunAsync(sites, host, priority, request, "--resume", "--waitresumption");

    public static async Task<ChildResult> RunAsync(ServedSites sites, string host, string priority, string request, params string[] options)
    {
        // Given all its input at once, gnutls-cli closes before the answer has come: end of input ends it.
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("gnutls-cli"),
            [
                "--x509cafile", sites.CaFile, "--sni-hostname", host, "--verify-hostname", host, "--priority", priority, "--print-cert",
                "--alpn", "http/1.1", "--port", $"{sites.Port}", .. options, "127.0.0.1",
            ]);
        await client.Input.WriteAsync(request);
        return new ChildResult(await client.WaitForExitAsync(), client.Output, client.Errors);
    }
}
