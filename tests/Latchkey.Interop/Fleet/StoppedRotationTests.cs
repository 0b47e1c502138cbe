using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>Key servers that make no more keys: edges stop giving out tickets, say so, and serve on.</summary>
[Trait("Catalogue", "T1")]
[Trait("Catalogue", "T4")]
public sealed class StoppedRotationTests
{
    private const int Period = 3;

    [Fact]
    public async Task Edges_give_out_no_tickets_raise_an_alarm_and_go_on_with_full_handshakes_until_keys_are_made_again()
    {
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan { Period = Period, Lead = Period, Open = 120, Edges = [(TimeSpan.Zero, "ab"), (TimeSpan.Zero, "ab")] });
        await fleet.ShareKeysAsync();
        using var regular12 = new ReconnectingClient("1.2");
        using var regular13 = new ReconnectingClient("1.3");
        ReconnectingClient[] regulars = [regular12, regular13];
        foreach (var regular in regulars)
            regular.Visit(fleet.Edges[0].Port, TicketFleet.Host);

        await fleet.ReloadTicketKeysAsync("generate", JsonValue.Create(false));

        var stopped = Stopwatch.StartNew();
        foreach (var edge in fleet.Edges)
        {
            await UntilAsync(() => TicketFrom(edge, "1.2") is null && TicketFrom(edge, "1.3") is null, edge, "no tickets");
            // The present period and the next, whose key was there already; the rest is the machine's.
            Assert.InRange(stopped.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds((2 * Period) + 10));
            await edge.Process.WaitForLineAsync("no fresh ticket key of " + TicketFleet.Host);
            var (status, ready) = await edge.AdminAsync("/readyz");
            Assert.True(status == 200 && ready.Contains("no fresh ticket key of " + TicketFleet.Host, StringComparison.Ordinal), $"{status} {ready}");
            Assert.Equal(0, await FreshAsync(edge));
        }

        // Nobody is refused, and tickets of before are still good at either edge.
        var before = await Handshakes.OfAsync(fleet.Edges);
        for (var i = 0; i < 20; i++)
            Assert.Null(TicketFrom(fleet.Edges[i % 2], i % 4 < 2 ? "1.2" : "1.3"));
        Assert.Equal(new Handshakes(20, 0), await Handshakes.OfAsync(fleet.Edges) - before);
        foreach (var regular in regulars)
            Assert.True(regular.Visit(fleet.Edges[1].Port, TicketFleet.Host).Resumed);

        await fleet.ReloadTicketKeysAsync("generate", JsonValue.Create(true));

        foreach (var edge in fleet.Edges)
        {
            await UntilAsync(() => TicketFrom(edge, "1.2") is not null && TicketFrom(edge, "1.3") is not null, edge, "tickets");
            await edge.Process.WaitForLineAsync("issued under a fresh key again");
            Assert.Equal(1, await FreshAsync(edge));
        }
    }

    /// <summary>The name of the key of the ticket that a new visitor gets.</summary>
    private static string? TicketFrom(Role edge, string version)
    {
        using var client = new ReconnectingClient(version);
        Assert.Contains(Origin.Greeting, client.Visit(edge.Port, TicketFleet.Host).Answer, StringComparison.Ordinal);
        return client.TicketName;
    }

    private static async Task<int> FreshAsync(Role edge)
    {
        var metrics = (await edge.AdminAsync("/metrics")).Body;
        var fresh = Regex.Match(metrics, @"(?m)^latchkey_edge_ticket_keys_fresh\{[^}]*\} ([01])");
        Assert.True(fresh.Success, metrics);
        return fresh.Groups[1].Value == "1" ? 1 : 0;
    }

    private static async Task UntilAsync(Func<bool> condition, Role edge, string what)
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"{what}\n{string.Join("\n", edge.Process.Lines)}");
            await Task.Delay(50);
        }
    }
}
