using Latchkey.Testing;

namespace Latchkey.Interop.Network;

/// <summary>Real processes on machines of their own: who can reach whom is the kernel's business, not the tests'.</summary>
public sealed class NetworkTests
{
    private const string Certificate = "BEGIN CERTIFICATE";

    [Fact]
    [Trait("Catalogue", "L2")]
    [Trait("Catalogue", "L7")]
    public async Task Only_an_allowed_address_gets_a_byte_of_the_key_server_and_a_denied_edge_is_cut_off()
    {
        await using var machines = await TwoMachines.CreateAsync();
        machines.ConfigureKeyServer("""{ "allowAddresses": ["10.77.0.2"], "denyAddresses": ["10.77.1.0/24"] }""");
        machines.ConfigureLink("""{ "endpoints": ["10.77.0.1:2407"] }""");
        await machines.StartKeyServerAsync();
        await machines.StartEdgeAsync();

        await machines.IsServedAsync();
        Assert.Contains(Certificate, await machines.AskKeyServerAsync("10.77.0.2", "10.77.0.1:2407"), StringComparison.Ordinal);
        var stranger = await machines.AskKeyServerAsync("10.77.0.9", "10.77.0.1:2407");
        Assert.DoesNotContain(Certificate, stranger, StringComparison.Ordinal);
        Assert.Contains("read 0 bytes", stranger, StringComparison.Ordinal);
        await machines.KeyServerProcess!.WaitForLineAsync("10.77.0.9");

        machines.ConfigureKeyServer("""{ "denyAddresses": ["10.77.0.0/29"] }""");
        machines.KeyServerProcess.Send(Signal.HangUp);
        await machines.KeyServerProcess.WaitForLineAsync("10.77.0.2 may not connect");
        await machines.IsNotServedAsync();

        machines.ConfigureKeyServer("""{ "allowAddresses": ["10.77.0.0/24"], "denyAddresses": null }""");
        machines.KeyServerProcess.Send(Signal.HangUp);
        await machines.IsServedAsync();
        Assert.Contains(Certificate, await machines.AskKeyServerAsync("10.77.0.9", "10.77.0.1:2407"), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Catalogue", "L5")]
    [InlineData("signature")]
    [InlineData("session-keys")]
    [InlineData("handshake")]
    public async Task A_key_server_that_nothing_can_connect_to_serves_the_edge_that_it_dials(string custody)
    {
        Tool.SkipUnless("nft");
        await using var machines = await TwoMachines.CreateAsync(custody);
        machines.ConfigureKeyServer("""{ "listen": null, "dial": [ { "edge": "10.77.0.2:2408", "name": "edge.test" } ] }""");
        machines.ConfigureLink("""{ "endpoints": null, "accept": { "listen": "10.77.0.2:2408", "names": ["keys.test"], "allowAddresses": ["10.77.0.1"] } }""");
        (await machines.KeyServer.RunAsync("nft", ["-f", "-"], """
            table inet wall {
                chain in {
                    type filter hook input priority 0; policy drop;
                    iif "lo" accept
                    ct state established,related accept
                    counter
                }
            }
            """)).Succeeded();
        // Whoever is first waits for the other.
        await machines.StartKeyServerAsync();
        await machines.StartEdgeAsync();

        await machines.IsServedAsync();
        Assert.DoesNotContain("LISTEN", (await machines.KeyServer.RunAsync("ss", ["-Hltn"])).Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Certificate, await machines.AskKeyServerAsync("10.77.0.2", "10.77.0.1:2407"), StringComparison.Ordinal);

        machines.KeyServerProcess!.Kill();
        await machines.IsNotServedAsync();
        await machines.KeyServerProcess.DisposeAsync();
        await machines.StartKeyServerAsync();
        await machines.IsServedAsync();

        machines.KeyServerProcess!.Terminate();
        Assert.Equal(0, await machines.KeyServerProcess.WaitForExitAsync());
    }

    [Fact]
    [Trait("Catalogue", "L4")]
    public async Task A_link_that_is_tied_to_the_tunnel_uses_it_and_takes_no_other_way_when_it_is_down()
    {
        await using var machines = await TwoMachines.CreateAsync();
        await machines.AddTunnelAsync();
        machines.ConfigureKeyServer("""{ "listen": "0.0.0.0:2407", "bindInterface": "tunnel" }""");
        machines.ConfigureLink("""{ "endpoints": ["10.99.0.1:2407"], "bindInterface": "tunnel" }""");
        await machines.StartKeyServerAsync();
        await machines.StartEdgeAsync();

        await machines.IsServedAsync();
        // The open network leads to the same machine, and to nothing that listens.
        Assert.DoesNotContain(Certificate, await machines.AskKeyServerAsync("10.77.0.2", "10.77.0.1:2407"), StringComparison.Ordinal);
        Assert.Contains(Certificate, await machines.AskKeyServerAsync("10.99.0.2", "10.99.0.1:2407"), StringComparison.Ordinal);

        // The key server may be reached by any way now, and the open network becomes one; the edge's link is still the tunnel's only.
        await machines.KeyServerProcess!.DisposeAsync();
        machines.ConfigureKeyServer("""{ "bindInterface": null }""");
        await machines.StartKeyServerAsync();
        await machines.IsServedAsync();
        await machines.Edge.IpAsync("link set tunnel down");
        await machines.Edge.IpAsync("route add 10.99.0.1/32 via 10.77.0.1");
        Assert.Contains(Certificate, await machines.AskKeyServerAsync("10.77.0.2", "10.99.0.1:2407"), StringComparison.Ordinal);
        await machines.IsNotServedAsync();

        await machines.Edge.IpAsync("link set tunnel up");
        await machines.IsServedAsync();
    }

    [Fact]
    [Trait("Catalogue", "L4")]
    [Trait("Catalogue", "L5")]
    [Trait("Catalogue", "L7")]
    public async Task A_key_server_dials_through_the_tunnel_to_an_edge_that_listens_there_only()
    {
        await using var machines = await TwoMachines.CreateAsync();
        await machines.AddTunnelAsync();
        machines.ConfigureKeyServer("""{ "listen": null, "dial": [ { "edge": "10.99.0.2:2408" } ], "bindInterface": "tunnel" }""");
        machines.ConfigureLink("""{ "endpoints": null, "bindInterface": "tunnel", "accept": { "listen": "0.0.0.0:2408", "names": ["keys.test"], "allowAddresses": ["10.99.0.0/24"] } }""");
        await machines.StartEdgeAsync();
        await machines.StartKeyServerAsync();

        await machines.IsServedAsync();
        Assert.Contains("\"dialsIn\": true", (await machines.EdgeStatusAsync()).Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "L6")]
    public async Task An_edge_that_connects_on_demand_has_no_connection_between_two_visits()
    {
        await using var machines = await TwoMachines.CreateAsync("handshake");
        machines.ConfigureLink("""{ "endpoints": ["10.77.0.1:2407"], "connection": "on-demand", "idleSeconds": 0.2 }""");
        await machines.StartKeyServerAsync();
        await machines.StartEdgeAsync();

        // The first connection of two programs that have just started may take a busy machine longer than it is given.
        await machines.IsServedAsync();
        for (var visit = 0; visit < 3; visit++)
        {
            await TwoMachines.EventuallyAsync(async () => !(await ConnectionsAsync(machines)).Contains(":2407", StringComparison.Ordinal));
            Assert.Contains(TwoMachines.Body, (await machines.CurlAsync()).Succeeded().Output, StringComparison.Ordinal);
        }
        Assert.Equal(0, (await machines.Edge.RunAsync("curl", ["--silent", "--fail", "http://127.0.0.1:9443/readyz"])).ExitCode);
    }

    private static async Task<string> ConnectionsAsync(TwoMachines machines) =>
        (await machines.Edge.RunAsync("ss", ["-Htn", "state", "established"])).Succeeded().Output;
}
