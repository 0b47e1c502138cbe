using System.Globalization;
using Latchkey.Bench;
using Latchkey.Bench.Load;
using Latchkey.Bench.Report;
using Latchkey.Bench.Servers;

if (args is ["serve-kestrel", .. var rest])
{
    await KestrelBaseline.RunAsync(rest);
    return 0;
}

// .NET recompiles what is hot for some seconds: after two, 38% of the CPU time of a Latchkey edge still went into that, not into handshakes.
const int WarmUpSeconds = 8;
var options = BenchOptions.Parse(args);
using var site = new Site();
var contestants = new Contestants(site, options);
Console.WriteLine($"{Environment.ProcessorCount} processors shared by server and client, {options.Seconds} s each, one run; trust the ratios.");
if (options.Wants("handshakes"))
{
    await HandshakesAsync("Full handshakes, ECDSA P-256, TLS 1.3", "ecdsa", 0x0304);
    await HandshakesAsync("Full handshakes, RSA-2048, TLS 1.2", "rsa", 0x0303);
}
if (options.Wants("requests"))
    await RequestsAsync();
if (options.Wants("bulk"))
    await BulkAsync();
if (options.Wants("keyserver"))
    await KeyServerAsync();
return 0;

async Task HandshakesAsync(string title, string kind, int version)
{
    var table = new Table(title, "server", "handshakes/s", "server CPU µs each", "key server CPU µs each");
    foreach (var name in Contestants.Names)
    {
        await WithServersAsync(name, kind, async servers =>
        {
            await Handshakes.RunAsync(servers[0].Port, version, WarmUpSeconds);
            var before = servers.Select(server => server.CpuSeconds()).ToArray();
            var count = await Handshakes.RunAsync(servers[0].Port, version, options.Seconds);
            var cpu = servers.Select((server, i) => (server.CpuSeconds() - before[i]) * 1e6 / count).ToArray();
            table.Add(name, Number((double)count / options.Seconds), Number(cpu[0]), cpu.Length > 1 ? Number(cpu[1]) : "–");
        });
    }
    table.Print();
}

async Task RequestsAsync()
{
    var table = new Table("Keep-alive requests, HTTP/1.1, small page, 32 connections, ECDSA P-256, TLS 1.3", "server", "requests/s", "server CPU µs each");
    foreach (var name in Contestants.Names)
    {
        await WithServersAsync(name, "ecdsa", async servers =>
        {
            await Wrk.RunAsync(servers[0].Port, "/index.html", 32, WarmUpSeconds);
            var before = servers[0].CpuSeconds();
            var (requests, _) = await Wrk.RunAsync(servers[0].Port, "/index.html", 32, options.Seconds);
            table.Add(name, Number((double)requests / options.Seconds), Number((servers[0].CpuSeconds() - before) * 1e6 / requests));
        });
    }
    table.Print();
}

async Task BulkAsync()
{
    var table = new Table($"Bulk, {Site.LargeFileMegabytes} MiB file, 4 connections, TLS 1.3", "server", "MiB/s", "MiB per server CPU second");
    foreach (var name in Contestants.Names)
    {
        await WithServersAsync(name, "ecdsa", async servers =>
        {
            await Wrk.RunAsync(servers[0].Port, "/large.bin", 4, WarmUpSeconds);
            var before = servers[0].CpuSeconds();
            var (_, megabytes) = await Wrk.RunAsync(servers[0].Port, "/large.bin", 4, options.Seconds);
            table.Add(name, Number(megabytes / options.Seconds), Number(megabytes / (servers[0].CpuSeconds() - before)));
        });
    }
    table.Print();
}

async Task KeyServerAsync()
{
    foreach (var kind in new[] { "ecdsa", "rsa" })
    {
        using var keyServer = await contestants.KeyServerAsync(kind);
        var configuration = contestants.WriteEdgeConfiguration(Site.FreePort(), keyServer.Port, contestants.RemoteSite(kind));
        Console.WriteLine();
        Console.Write(await Tool.RunAsync(options.Latchkey, "bench", "--config", configuration, "--seconds", options.Seconds.ToString(CultureInfo.InvariantCulture)));
        Console.Write(LastLine(await Tool.RunAsync("openssl", "speed", "-seconds", "2", "-multi", "2", kind == "ecdsa" ? "ecdsap256" : "rsa2048"), kind == "ecdsa" ? "256 bits ecdsa" : "rsa 2048"));
    }
}

async Task WithServersAsync(string name, string kind, Func<IReadOnlyList<ServerProcess>, Task> measure)
{
    var servers = await contestants.StartAsync(name, kind);
    try
    {
        await measure(servers);
    }
    finally
    {
        foreach (var server in servers)
            server.Dispose();
    }
}

static string Number(double value) => value.ToString(value < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

// The report's last line names algorithm, seconds per operation and operations per second; progress comes on the same stream.
static string LastLine(string output, string algorithm) =>
    "  openssl speed, both cores: " + output.Split('\n').Last(line => line.TrimStart().StartsWith(algorithm, StringComparison.Ordinal)).Trim() + "\n";
