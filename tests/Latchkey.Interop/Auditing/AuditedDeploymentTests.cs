using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Auditing;

/// <summary>What an owner sees and stops who runs the key server with an audit log, signed requests and a revocation list.</summary>
public sealed class AuditedDeploymentTests
{
    [Fact]
    [Trait("Catalogue", "X7")]
    [Trait("Catalogue", "L3")]
    public async Task Each_visit_is_on_record_and_the_log_is_proven_whole()
    {
        await using var deployment = await AuditedDeployment.StartAsync();
        await ServedAsync(deployment, "-tls1_3");
        await ServedAsync(deployment, "-tls1_2");
        await deployment.Roles.KeyServer.Process.WaitForLineAsync("Audit: record");

        var verified = await LatchkeyProgram.RunAsync("audit", "verify", deployment.Log, "--certificate", Path.Combine(deployment.Roles.Files.KeyServer, "ks.pem"));

        Assert.True(verified.ExitCode == 0, verified.All);
        Assert.Contains("whole: records 1 to ", verified.Output, StringComparison.Ordinal);
        Assert.Contains("signed: ", verified.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("signed: not at all", verified.Output, StringComparison.Ordinal);
        foreach (var operation in (string[])["sign_certificate_verify", "sign_server_key_exchange"])
        {
            var shown = await LatchkeyProgram.RunAsync("audit", "show", deployment.Log, "--name", deployment.Host, "--operation", operation);
            var record = Assert.Single(shown.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains($"  ok        edge=edge.test  operation={operation}  name={deployment.Host}  key=", record, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Catalogue", "X7")]
    public async Task A_record_that_is_changed_taken_out_moved_or_cut_off_is_named()
    {
        await using var deployment = await AuditedDeployment.StartAsync();
        for (var i = 0; i < 3; i++)
            await ServedAsync(deployment, "-tls1_3");
        await deployment.Roles.KeyServer.StopAsync();
        using var copies = new TemporaryFolder();

        var whole = await VerifyAsync(deployment.Log, copies.File("whole"), lines => lines);
        Assert.True(whole.ExitCode == 0, whole.All);
        var records = await File.ReadAllLinesAsync(Directory.GetFiles(deployment.Log, "audit-*.jsonl").Single(), TestContext.Current.CancellationToken);
        var use = Array.FindIndex(records, record => record.Contains("\"kind\":\"use\"", StringComparison.Ordinal)); // signatures may stand between uses
        var number = use + 1;
        await BrokenAsync("edited", lines => [.. lines[..use], lines[use].Replace(deployment.Host, "other.example.test", StringComparison.Ordinal), .. lines[number..]], $"record {number} is not what was written");
        await BrokenAsync("deleted", lines => [.. lines[..use], .. lines[number..]], $"record {number} is missing");
        await BrokenAsync("swapped", lines => [.. lines[..use], lines[use + 1], lines[use], .. lines[(use + 2)..]], $"record {number} is missing");
        await BrokenAsync("cut", lines => lines[..^1], "its end has been cut off");

        async Task BrokenAsync(string how, Func<string[], string[]> tamper, string named)
        {
            var result = await VerifyAsync(deployment.Log, copies.File(how), tamper);
            Assert.True(result.ExitCode == 1, $"{how}: {result.All}");
            Assert.Contains(named, result.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Catalogue", "L3")]
    public async Task An_edge_with_the_certificate_but_without_the_request_key_is_refused_and_serves_no_page()
    {
        await using var deployment = await AuditedDeployment.StartAsync();
        await using var edge = await deployment.StartEdgeWithoutRequestKeyAsync();

        var visit = await deployment.VisitAsync("-tls1_3", edge);

        Assert.NotEqual(0, visit.ExitCode);
        Assert.DoesNotContain(Origin.Greeting, visit.Output, StringComparison.Ordinal);
        await deployment.Roles.KeyServer.Process.WaitForLineAsync("of edge 'edge.test' was refused unread");
        await ServedAsync(deployment, "-tls1_3");
    }

    [Fact]
    [Trait("Catalogue", "L1")]
    public async Task An_edge_that_a_new_revocation_list_names_is_cut_off_and_serves_no_page()
    {
        await using var deployment = await AuditedDeployment.StartAsync();
        await ServedAsync(deployment, "-tls1_3");

        deployment.RevokeEdge();
        await deployment.Roles.KeyServer.Process.WaitForLineAsync(line => line.Contains("Edge 'edge.test'", StringComparison.Ordinal) && line.Contains("was cut off", StringComparison.Ordinal), "the edge was cut off");
        var visit = await deployment.VisitAsync("-tls1_3");

        Assert.NotEqual(0, visit.ExitCode);
        Assert.DoesNotContain(Origin.Greeting, visit.Output, StringComparison.Ordinal);
    }

    private static async Task ServedAsync(AuditedDeployment deployment, string version) =>
        Assert.Contains(Origin.Greeting, (await deployment.VisitAsync(version)).Succeeded().Output, StringComparison.Ordinal);

    private static Task<ChildResult> VerifyAsync(string log, string copy, Func<string[], string[]> tamper)
    {
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(log))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var records = Directory.GetFiles(copy, "audit-*.jsonl").Single();
        File.WriteAllText(records, string.Concat(tamper(File.ReadAllLines(records)).Select(line => line + "\n")));
        return LatchkeyProgram.RunAsync("audit", "verify", copy);
    }
}
