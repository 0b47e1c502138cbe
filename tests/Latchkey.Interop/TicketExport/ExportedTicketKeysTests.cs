using System.Diagnostics;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary>Other people's servers that have a fleet's ticket keys from its key server: a session of one goes on at another.</summary>
public abstract class ExportedTicketKeysTests
{
    [Fact]
    [Trait("Catalogue", "T1")]
    [Trait("Catalogue", "T3")]
    [Trait("Catalogue", "R8")]
    public async Task Two_servers_resume_each_others_sessions_across_a_rotation_and_share_nothing_any_more_when_keys_are_not_renewed()
    {
        await using var deployment = await ShortPeriods.StartAsync();
        await using var first = await StartServerAsync(deployment);
        await using var second = await StartServerAsync(deployment);
        var host = deployment.Sites[0].Host;
        foreach (var version in new[] { "1.2", "1.3" })
        {
            using var client = new ReconnectingClient(version);
            Assert.False(client.Visit(first.Port, host).Resumed);
            for (var i = 0; i < 10; i++)
            {
                var (resumed, answer) = client.Visit(i % 2 == 0 ? second.Port : first.Port, host);
                Assert.True(resumed, $"TLS {version}, reconnect {i + 1}");
                Assert.Contains(ForeignServer.Answer, answer, StringComparison.Ordinal);
            }
        }

        var attempts = 5;
        while (!await TryAcrossARotationAsync(first, second, host))
            Assert.True(--attempts > 0, "This machine is too busy to see one rotation at a time.");

        deployment.KeyServer.Process.Kill();
        await first.Export.WaitForLineAsync(" 5133 ");
        await second.Export.WaitForLineAsync(" 5133 ");
        await UntilAsync(() => !GoesOn(first, second, host) && !GoesOn(second, first, host), "each seals under a key of its own");
        Assert.True(GoesOn(first, first, host));
    }

    internal abstract Task<ForeignServer> StartServerAsync(KeylessDeployment deployment);

    /// <summary>A session from before a rotation goes on after it, at both, and its ticket is renewed.</summary>
    /// <returns>false: it took so long that there may have been another rotation meanwhile, which proves nothing.</returns>
    private static async Task<bool> TryAcrossARotationAsync(ForeignServer first, ForeignServer second, string host)
    {
        using var client = new ReconnectingClient("1.3");
        client.Visit(first.Port, host);
        var old = client.TicketName;
        (string? First, string? Second) now = default;
        var sinceOld = Stopwatch.StartNew();
        await UntilAsync(
            () =>
            {
                now = Names(first, second, host);
                if (now.First == old || now.Second == old)
                    sinceOld.Restart();
                return now.First == now.Second && now.First != old;
            },
            "both seal under the next key");
        var atSecond = client.Visit(second.Port, host).Resumed;
        var renewed = client.TicketName;
        var atFirst = client.Visit(first.Port, host).Resumed;
        if (sinceOld.Elapsed > ShortPeriods.Period / 2 || Names(first, second, host) != now)
            return false;

        Assert.True(atSecond);
        Assert.Equal(now.First, renewed);
        Assert.True(atFirst);
        return true;
    }

    /// <summary>The keys that new tickets of both are sealed under.</summary>
    private static (string? First, string? Second) Names(ForeignServer first, ForeignServer second, string host)
    {
        using var one = new ReconnectingClient("1.3");
        using var other = new ReconnectingClient("1.3");
        one.Visit(first.Port, host);
        other.Visit(second.Port, host);
        return (one.TicketName, other.TicketName);
    }

    /// <summary>Whether a session that begins at one goes on at the other; where it does not, the handshake is a full one.</summary>
    private static bool GoesOn(ForeignServer from, ForeignServer to, string host)
    {
        using var client = new ReconnectingClient("1.3");
        client.Visit(from.Port, host);
        var (resumed, answer) = client.Visit(to.Port, host);
        Assert.Contains(ForeignServer.Answer, answer, StringComparison.Ordinal);
        return resumed;
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var patience = Stopwatch.StartNew(); !condition(); await Task.Delay(100))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), $"Not within a minute: {what}");
    }
}

public sealed class NginxTicketKeysTests : ExportedTicketKeysTests
{
    internal override Task<ForeignServer> StartServerAsync(KeylessDeployment deployment) => ForeignServer.StartNginxAsync(deployment);
}

public sealed class HAProxyTicketKeysTests : ExportedTicketKeysTests
{
    internal override Task<ForeignServer> StartServerAsync(KeylessDeployment deployment) => ForeignServer.StartHAProxyAsync(deployment);
}
