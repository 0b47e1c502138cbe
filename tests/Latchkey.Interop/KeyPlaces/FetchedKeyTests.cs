using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Latchkey.Interop.Auditing;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployed;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>The edge fetches the key when it needs it and has it for a while: served pages, and a look into the edge's memory before, meanwhile and after.</summary>
[Trait("Catalogue", "S6")]
public sealed class FetchedKeyTests
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(4);

    private const string Allowed = """{ "fetchKey": true, "keepKeySeconds": 300 }""";

    [Theory]
    [InlineData("ecdsa", "-tls1_3")]
    [InlineData("ecdsa", "-tls1_2")]
    [InlineData("rsa", "-tls1_3")]
    [InlineData("rsa", "-tls1_2")]
    [InlineData("rsa", "-tls1_2 -cipher AES128-GCM-SHA256")]
    public async Task The_key_comes_when_it_is_needed_stays_locked_in_memory_and_is_gone_when_its_time_is_over(string site, string options)
    {
        Assert.SkipUnless(await MemoryMayBeLockedAsync(), "this process may not lock memory (ulimit -l unlimited, or CAP_IPC_LOCK)");
        await using var sites = await KeylessDeployment.StartAsync(Plan(Allowed, keepSeconds: (int)Kept.TotalSeconds));
        var secret = SecretOf(sites.CertificateOf(site));
        Assert.False(Holds(sites.Edge, secret), "the edge holds the key before anybody came");

        var fetched = 0;
        var clock = new Stopwatch();
        do
        {
            clock.Restart();
            fetched++;
            var visit = await VisitAsync(sites, site, options);
            Assert.Contains(Origin.Greeting, visit.Succeeded().Output, StringComparison.Ordinal);
            if (Holds(sites.Edge, secret))
                break;
            // On a machine with other work the search may end after the key's time, and proves nothing: it is fetched again.
            Assert.True(clock.Elapsed > Kept / 2 && fetched < 10, "the key is not where it is used");
            await SaidAsync(sites.Edge, "was wiped", fetched);
        }
        while (true);
        Assert.True(LockedKilobytes(sites.Edge) > 1024, "the edge's memory is not locked");

        await SaidAsync(sites.Edge, "was wiped", fetched);
        Assert.False(Holds(sites.Edge, secret), "the key is still in the edge's memory when its time is over");

        await VisitAsync(sites, site, options);
        await SaidAsync(sites.Edge, "was fetched", fetched + 1);
    }

    [Fact]
    public async Task Handshakes_within_the_time_ask_the_key_server_nothing()
    {
        Assert.SkipUnless(await MemoryMayBeLockedAsync(), "this process may not lock memory (ulimit -l unlimited, or CAP_IPC_LOCK)");
        await using var sites = await KeylessDeployment.StartAsync(Plan(Allowed, keepSeconds: 60));
        await VisitAsync(sites, "ecdsa", "-tls1_3");

        await sites.KeyServer.StopAsync();
        var visit = await VisitAsync(sites, "ecdsa", "-tls1_3");

        Assert.Contains(Origin.Greeting, visit.Succeeded().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    public async Task A_key_for_one_operation_is_fetched_for_each(string site)
    {
        Assert.SkipUnless(await MemoryMayBeLockedAsync(), "this process may not lock memory (ulimit -l unlimited, or CAP_IPC_LOCK)");
        await using var sites = await KeylessDeployment.StartAsync(Plan(Allowed, keepSeconds: 0));
        // By many threads, so that what one of them leaves in memory is not only by luck overwritten by its next.
        const int visits = 12;
        await Parallel.ForEachAsync(Enumerable.Range(0, visits), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) => (await VisitAsync(sites, site, "-tls1_2")).Succeeded());

        await SaidAsync(sites.Edge, "was wiped", visits);
        Assert.False(Holds(sites.Edge, SecretOf(sites.CertificateOf(site))));
    }

    [Fact]
    public async Task A_key_whose_owner_does_not_let_it_go_stays_at_the_key_server()
    {
        Assert.SkipUnless(await MemoryMayBeLockedAsync(), "this process may not lock memory (ulimit -l unlimited, or CAP_IPC_LOCK)");
        await using var sites = await KeylessDeployment.StartAsync(Plan("{}", keepSeconds: 60));

        var visit = await VisitAsync(sites, "ecdsa", "-tls1_3");

        Assert.NotEqual(0, visit.ExitCode);
        Assert.False(Holds(sites.Edge, SecretOf(sites.CertificateOf("ecdsa"))));
    }

    [Fact]
    [Trait("Catalogue", "X7")]
    public async Task The_owner_finds_on_record_which_edge_fetched_which_key()
    {
        Assert.SkipUnless(await MemoryMayBeLockedAsync(), "this process may not lock memory (ulimit -l unlimited, or CAP_IPC_LOCK)");
        await using var sites = await KeylessDeployment.StartAsync(Plan(Allowed, keepSeconds: 60, files => AuditedDeployment.Configure(files, ("audit", new JsonObject { ["folder"] = "audit" }))));
        (await VisitAsync(sites, "ecdsa", "-tls1_3")).Succeeded();

        var shown = await LatchkeyProgram.RunAsync("audit", "show", Path.Combine(sites.Files.KeyServer, "audit"), "--edge", "edge.test", "--operation", "fetch_key", "--outcome", "ok");

        var record = Assert.Single(shown.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("key=" + Convert.ToHexString(Ski.Of(sites.CertificateOf("ecdsa"))), record, StringComparison.OrdinalIgnoreCase);
    }

    private static DeploymentPlan Plan(string keySettings, int keepSeconds, Action<DeploymentFiles>? change = null)
    {
        var settings = $$"""{ "keepKeySeconds": {{keepSeconds}}, "resumption": false }""";
        return new DeploymentPlan
        {
            KeySettings = keySettings,
            Change = change,
            Sites =
            [
                new("ecdsa", TestKey.EcdsaP256) { Custody = "fetched-key", Settings = settings },
                new("rsa", TestKey.Rsa2048) { Custody = "fetched-key", Settings = settings, Profile = "compatible" },
            ],
        };
    }

    private static Task<ChildResult> VisitAsync(KeylessDeployment sites, string site, string options)
    {
        var host = sites.Site(site).Host;
        return OpenSslClient.RunAsync(sites, host, options.Split(' '), $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    }

    /// <summary>Until it has said so as often, and no more.</summary>
    private static async Task SaidAsync(Role role, string what, int times)
    {
        var seen = 0;
        await role.Process.WaitForLineAsync(line => line.Contains(what, StringComparison.Ordinal) && ++seen == times, $"{what}, {times} times");
        Assert.Equal(times, role.Process.Lines.Count(line => line.Contains(what, StringComparison.Ordinal)));
    }

    private static bool Holds(Role role, byte[] secret) =>
        ProcessMemory.Contains(role.Process.Id, secret) || ProcessMemory.Contains(role.Process.Id, [.. secret.Reverse()]);

    private static byte[] SecretOf(TestCertificate certificate)
    {
        if (certificate.Key == TestKey.Rsa2048)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
            return rsa.ExportParameters(true).P!;
        }

        using var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
        return ecdsa.ExportParameters(true).D!;
    }

    private static long LockedKilobytes(Role role)
    {
        var line = File.ReadLines($"/proc/{role.Process.Id}/status").First(line => line.StartsWith("VmLck:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    // CAP_IPC_LOCK is capability 14.
    private static async Task<bool> MemoryMayBeLockedAsync()
    {
        var status = await File.ReadAllLinesAsync("/proc/self/status", TestContext.Current.CancellationToken);
        var effective = status.First(line => line.StartsWith("CapEff:", StringComparison.Ordinal))["CapEff:".Length..].Trim();
        return (ulong.Parse(effective, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << 14)) != 0
            || (await File.ReadAllLinesAsync("/proc/self/limits", TestContext.Current.CancellationToken)).Any(line => line.StartsWith("Max locked memory", StringComparison.Ordinal) && line.Contains("unlimited", StringComparison.Ordinal));
    }
}
