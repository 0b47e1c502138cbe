using System.Net.Sockets;
using System.Text.RegularExpressions;
using Latchkey.Testing;
using Latchkey.Tests.Configuration;

namespace Latchkey.Tests.Roles;

/// <summary>Ready lines, signals and exit codes, with real processes.</summary>
public sealed partial class RoleProcessTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    // Its key server is nobody: at the port that the file names another test's might listen.
    private string[] Edge { get; } =
    [
        "edge", "--config", folder.File("edge.json"), "--set", "listen:0=127.0.0.1:0", "--set", "admin=127.0.0.1:0",
        "--set", $"keyServers:home:endpoints:0=127.0.0.1:{FreePort.Next()}",
    ];

    private string[] KeyServer => ["keyserver", "--config", folder.File("keyserver.json"), "--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0"];

    // At debug Kestrel, too, tells what it does to the end; that it has stopped is nevertheless a role's last line.
    [Theory]
    [InlineData("edge", "information")]
    [InlineData("edge", "debug")]
    [InlineData("keyserver", "information")]
    [InlineData("keyserver", "debug")]
    public async Task A_role_says_where_it_is_ready_and_ends_with_0_after_SIGTERM(string role, string logLevel)
    {
        await using var process = LatchkeyProgram.Start([.. role == "edge" ? Edge : KeyServer, "--log-level", logLevel]);
        var address = await process.AddressAsync($"ready {role}");
        var admin = await process.AddressAsync($"admin {role}");
        using (var connection = new TcpClient())
            await connection.ConnectAsync("127.0.0.1", int.Parse(address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture), Cancelled);
        using (var client = new HttpClient())
            Assert.Equal("ok\n", await client.GetStringAsync($"http://{admin}/healthz", Cancelled));

        process.Terminate();

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Equal([$"ready {role} {address}", $"admin {role} {admin}"], process.Output.TrimEnd().Split('\n'));
        Assert.All(process.Errors.TrimEnd().Split('\n'), line => Assert.Matches(LogLine(), line));
        Assert.EndsWith($"{role} has stopped\n", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_interrupt_key_ends_a_role_as_SIGTERM_does()
    {
        await using var process = LatchkeyProgram.Start(KeyServer);
        await process.AddressAsync("ready keyserver");

        process.Send(Signal.Interrupt);

        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task An_edge_without_its_key_server_is_up_but_not_ready()
    {
        await using var process = LatchkeyProgram.Start(Edge);
        var admin = await process.AddressAsync("admin edge");
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{admin}/readyz", Cancelled);

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal("not ready: no key server is connected: home\n", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("edge", "listen:0")]
    [InlineData("edge", "admin")]
    [InlineData("keyserver", "listen")]
    public async Task A_port_that_is_taken_is_one_line_and_exit_code_1(string role, string name)
    {
        using var occupant = new TcpListener(System.Net.IPAddress.Loopback, 0);
        occupant.Start();
        var taken = occupant.LocalEndpoint.ToString();
        var result = await LatchkeyProgram.RunAsync([.. role == "edge" ? Edge : KeyServer, "--log-level", "error", "--set", $"{name}={taken}"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"latchkey: cannot listen on {taken}: address already in use", result.Errors.TrimEnd().Split('\n')[^1], ignoreCase: true);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_key_that_is_none_is_a_wrong_configuration()
    {
        Directory.CreateDirectory(folder.File("broken"));
        folder.Write("broken/site.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        var result = await LatchkeyProgram.RunAsync([.. KeyServer, "--log-level", "error", "--set", "keys:0:path=broken"]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"latchkey: {folder.File("keyserver.json")}: keys[0].path: {folder.File("broken/site.key")}: ", result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_key_server_reads_its_keys_again_on_SIGHUP_and_keeps_the_old_ones_where_it_cannot()
    {
        var keys = Directory.CreateDirectory(folder.File("reloaded"));
        File.Copy(folder.File("keys/site.key"), folder.File("reloaded/site.key"));
        await using var process = LatchkeyProgram.Start([.. KeyServer, "--set", "keys:0:path=reloaded"]);
        var admin = await process.AddressAsync("admin keyserver");
        Assert.Equal(1, await KeysAsync(admin));

        File.Copy(folder.File("keys/rsa.key"), folder.File("reloaded/rsa.key"));
        process.Send(Signal.HangUp);
        await process.WaitForLineAsync("keyserver has reloaded");
        Assert.Equal(2, await KeysAsync(admin));

        folder.Write("reloaded/bad.key", "no key\n");
        process.Send(Signal.HangUp);
        Assert.Contains("bad.key", await process.WaitForLineAsync("keyserver could not reload and goes on as before"), StringComparison.Ordinal);
        Assert.Equal(2, await KeysAsync(admin));
        keys.Delete(recursive: true);
    }

    [Fact]
    public async Task The_file_may_be_given_without_its_option()
    {
        await using var process = LatchkeyProgram.Start("keyserver", folder.File("keyserver.json"), "--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0");

        await process.AddressAsync("ready keyserver");
    }

    [Fact]
    public async Task The_end_of_input_stops_a_role_that_was_told_so()
    {
        await using var process = LatchkeyProgram.Start([.. KeyServer, "--stop-at-end-of-input"]);
        await process.AddressAsync("ready keyserver");

        process.Input.Close();

        Assert.Equal(0, await process.WaitForExitAsync());
    }

    private static async Task<int> KeysAsync(string admin)
    {
        using var client = new HttpClient();
        using var status = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync($"http://{admin}/status", Cancelled));
        return status.RootElement.GetProperty("details").GetProperty("keys").GetArrayLength();
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trace|debug|info |warn |error|fatal) \S+ \d+ .+$")]
    private static partial Regex LogLine();
}
