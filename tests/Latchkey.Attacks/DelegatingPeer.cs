using System.Globalization;
using Latchkey.Testing;

namespace Latchkey.Attacks;

/// <summary>NSS' <c>tstclnt</c>, which offers delegated credentials and believes in the authority of the sites.</summary>
internal sealed class DelegatingPeer : IDisposable
{
    private readonly TemporaryFolder _folder;

    private DelegatingPeer(TemporaryFolder folder) => _folder = folder;

    /// <summary>What it wrote the last time.</summary>
    public string Output { get; private set; } = "";

    private string Database => "sql:" + _folder.Path;

    public static async Task<DelegatingPeer> CreateAsync()
    {
        var folder = new TemporaryFolder();
        var peer = new DelegatingPeer(folder);
        var authority = folder.Write("ca.crt", AttackedKeyServer.SiteAuthorityPem);
        (await ChildProcess.RunAsync("certutil", ["-N", "-d", peer.Database, "--empty-password"])).Succeeded();
        (await ChildProcess.RunAsync("certutil", ["-A", "-d", peer.Database, "-n", "ca", "-t", "C,,", "-i", authority])).Succeeded();
        return peer;
    }

    /// <summary>One handshake of TLS 1.3.</summary>
    /// <returns>Whether it was to its liking.</returns>
    public async Task<bool> VisitAsync(int port)
    {
        var result = await ChildProcess.RunAsync(
            "tstclnt", ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-a", "site.test", "-d", Database, "-V", "tls1.3:tls1.3", "-B", "-v", "-4", "-Q"], input: "");
        Output = $"{result.ExitCode}: {result.All}";
        return result.ExitCode == 0;
    }

    public void Dispose() => _folder.Dispose();
}
