using System.Globalization;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>NSS' <c>strsclnt</c>: many connections by a few threads, which share their sessions.</summary>
internal static class StressClient
{
    /// <returns>What it said.</returns>
    public static async Task<string> RunAsync(ServedSites sites, string host, string version, int connections)
    {
        var strsclnt = Tool.SkipUnless("strsclnt", "certutil");
        using var folder = new TemporaryFolder();
        var database = await NssDatabase.CreateAsync(folder.Path, sites.CaFile);
        var result = await ChildProcess.RunAsync(
            strsclnt,
            [
                "-p", $"{sites.Port}", "-d", database, "-c", connections.ToString(CultureInfo.InvariantCulture), "-t", "2",
                "-V", $"tls{version}:tls{version}", "-u", "-4", "-q", "-D", "-o", "-a", host, "127.0.0.1",
            ]);
        return result.Succeeded().All;
    }
}
