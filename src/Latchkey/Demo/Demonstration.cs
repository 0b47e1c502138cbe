using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Latchkey.CommandLine;
using Latchkey.Roles;
using Latchkey.Tracing;

namespace Latchkey.Demo;

/// <summary>An origin, a key server and an edge as three processes, and somebody who tells what happens between them.</summary>
/// <param name="output">Where it is told.</param>
/// <param name="custody">Of the sites; null for the default, of which less is shown.</param>
internal sealed partial class Demonstration(TextWriter output, string? custody) : IAsyncDisposable
{
    private readonly DemoPorts _ports = DemoPorts.Choose();
    private readonly List<DemoProcess> _processes = [];
    private DemoFolder? _folder;

    private DemoFolder Folder => _folder ?? throw new InvalidOperationException("not started");

    private string Url(string site) => $"https://{site}:{_ports.Edge}/";

    // A first handshake compiles what it runs; the one that is drawn should show the protocol, not the compiler.
    private const int Rehearsals = 3;

    /// <summary>Fetches the page once over each version and draws both handshakes.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunOnceAsync()
    {
        using var signals = new Signals();
        using var stopping = new CancellationTokenSource();
        var running = FetchAllAsync(stopping.Token);
        await Task.WhenAny(running, signals.Stop);
        await stopping.CancelAsync();
        return await running;
    }

    private async Task<int> FetchAllAsync(CancellationToken cancellationToken)
    {
        await StartAsync();
        if (!ShowWhoIsWhere())
            return ExitCode.Failure;
        await FetchAndDrawAsync(DemoFolder.EcdsaSite, new DemoWish(SslProtocols.Tls13), cancellationToken);
        await FetchAndDrawAsync(DemoFolder.RsaSite, new DemoWish(SslProtocols.Tls12), cancellationToken);
        if (custody is null)
            return ExitCode.Success;
        if (OperatingSystem.IsLinux())
            await FetchAndDrawAsync(DemoFolder.RsaSite, new DemoWish(SslProtocols.Tls12, RsaKeyExchange: true), cancellationToken);
        await FetchAndDrawAsync(DemoFolder.EcdsaSite, new DemoWish(SslProtocols.Tls13, Resume: true), cancellationToken);
        await FetchAndDrawAsync(DemoFolder.RsaSite, new DemoWish(SslProtocols.Tls12, Resume: true), cancellationToken);
        return ExitCode.Success;
    }

    /// <summary>Tells of every handshake until a signal comes.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        using var signals = new Signals();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(signals.Impatient);
        await StartAsync();
        if (!ShowWhoIsWhere())
            return ExitCode.Failure;
        DemoText.WriteThingsToTry(output, Folder, _ports);
        var watching = WatchAsync(stopping.Token);
        var ended = await Task.WhenAny([signals.Stop, .. _processes.Select(process => process.Ended)]);
        var failed = ended != signals.Stop && !signals.Stop.IsCompleted;
        await stopping.CancelAsync();
        await watching;
        output.WriteLine(failed ? "One of the processes has ended; so does the demonstration." : "Stopping.");
        return failed ? ExitCode.Failure : ExitCode.Success;
    }

    public async ValueTask DisposeAsync()
    {
        // The edge first: it would complain of the others' absence.
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
        _folder?.Dispose();
    }

    private async Task StartAsync()
    {
        _folder = new DemoFolder(_ports, custody);
        _processes.Add(await DemoProcess.StartAsync("origin", Folder.Origin, output, "origin", "--listen", $"127.0.0.1:{_ports.Origin}", "--folder", ".", "--edge-admin", $"http://127.0.0.1:{_ports.EdgeAdmin}"));
        _processes.Add(await DemoProcess.StartAsync("key server", Folder.Home, output, "keyserver", "--config", "keyserver.json"));
        _processes.Add(await DemoProcess.StartAsync("edge", Folder.Outpost, output, "edge", "--config", "edge.json"));
        await EdgeReadyAsync();
    }

    // It listens before it has reached its key server, which may take a while on a busy machine; whoever came before then would see it fail.
    private async Task EdgeReadyAsync()
    {
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_ports.EdgeAdmin}") };
        for (var i = 0; i < 300; i++)
        {
            using var answer = await admin.GetAsync(new Uri("/readyz", UriKind.Relative));
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Delay(100);
        }
        // The fetches tell what is the matter.
    }

    private bool ShowWhoIsWhere()
    {
        DemoText.WriteProcesses(output, _processes, _ports);
        var edge = _processes[^1];
        var lines = KeyProof.Examine(Folder.Outpost, out var found);
        var workingDirectory = new FileInfo($"/proc/{edge.Id}/cwd").LinkTarget ?? edge.Folder;
        DemoText.WriteProof(output, edge.Id, workingDirectory, lines, found);
        return !found;
    }

    private async Task FetchAndDrawAsync(string site, DemoWish wish, CancellationToken cancellationToken)
    {
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_ports.EdgeAdmin}") };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        for (var i = 0; i < Rehearsals; i++)
            await FetchAsync(TextWriter.Null, site, wish, patience.Token);
        var watching = new TaskCompletionSource();
        var handshake = FirstHandshakeAsync(admin, site, watching, patience.Token);
        await Task.WhenAny(watching.Task, handshake);
        await FetchAsync(output, site, wish, patience.Token);
        foreach (var line in HandshakeSequence.Draw(await handshake))
            output.WriteLine(line);
        output.WriteLine();
    }

    private static async Task<HandshakeTrace> FirstHandshakeAsync(HttpClient admin, string site, TaskCompletionSource watching, CancellationToken cancellationToken)
    {
        await foreach (var trace in EventReader.ReadAsync(admin, () => watching.TrySetResult(), cancellationToken))
        {
            if (trace.ServerName == site)
                return trace;
        }
        throw new IOException("the edge's events ended before the handshake did");
    }

    private async Task FetchAsync(TextWriter told, string site, DemoWish wish, CancellationToken cancellationToken)
    {
        using var client = DemoClient.Create(Folder.AuthorityFile, _ports.Edge, wish);
        try
        {
            using var answer = await client.GetAsync(new Uri(Url(site)), cancellationToken);
            answer.EnsureSuccessStatusCode();
            var page = await answer.Content.ReadAsStringAsync(cancellationToken);
            var parts = PartOfPage().Matches(page).Select(match => match.Groups[1].Value).Distinct().ToList();
            var bytes = 0L;
            foreach (var part in parts)
                bytes += (await client.GetByteArrayAsync(new Uri(Url(site) + part), cancellationToken)).Length;
            told.WriteLine(string.Create(CultureInfo.InvariantCulture, $"GET {Url(site)} → {(int)answer.StatusCode}, HTTP/{answer.Version}, {page.Length:#,0} bytes, certificate verified; its {parts.Count} parts, {bytes:#,0} bytes"));
            told.WriteLine($"  “{WebUtility.HtmlDecode(TitleOfPage().Match(page).Groups[1].Value)}”");
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"GET {Url(site)} failed: {e.GetBaseException().Message}", e);
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_ports.EdgeAdmin}"), Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            await foreach (var trace in EventReader.ReadAsync(admin, () => DemoText.WriteWatching(output), cancellationToken))
                DemoText.WriteHandshake(output, trace);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The demonstration ends, or the edge has.
        }
    }

    [GeneratedRegex("(?:src|href)=\"([a-z]+\\.[a-z]+)\"")]
    private static partial Regex PartOfPage();

    [GeneratedRegex("<title>([^<]*)</title>")]
    private static partial Regex TitleOfPage();
}
