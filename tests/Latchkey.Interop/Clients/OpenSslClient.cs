using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary><c>openssl s_client</c>.</summary>
internal sealed class OpenSslClient : ForeignClient
{
    public override string Name => "openssl";

    public override string[] Programs => ["openssl"];

    public override async Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path)
    {
        var output = (await RunAsync(sites, host, [version == "1.2" ? "-tls1_2" : "-tls1_3", "-alpn", "http/1.1"], Request(host, path))).Succeeded().Output;
        return new Visit(
            Find(output, @"^New, TLSv1\.[0-9.]+, Cipher is (?:.*\n)*?    Protocol  : TLSv(1\.\d)|^New, TLSv(?:1\.3), Cipher is") is { Length: > 0 } old ? old : "1.3",
            Find(output, @"^New, TLSv[0-9.]+, Cipher is (\S+)"),
            FirstCertificate(output),
            Find(output, @"^ALPN protocol: (\S+)"),
            output);
    }

    /// <summary>s_client with these options, whose input is kept open until the server closes.</summary>
    public static Task<ChildResult> RunAsync(ServedSites sites, string host, IEnumerable<string> options, string input) =>
        ChildProcess.RunAsync(
            Tool.SkipUnless("openssl"),
            [
                "s_client", "-connect", $"127.0.0.1:{sites.Port}", "-servername", host, "-verify_hostname", host, "-verify_return_error",
                "-CAfile", sites.CaFile, "-ign_eof", .. options,
            ],
            input);
}
