using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Browser;

/// <summary>A headless Chromium that stays, with one tab on a site's page, led by its DevTools protocol.</summary>
internal sealed class ChromiumSession : IAsyncDisposable
{
    private const string State = "JSON.stringify([document.getElementById('report')?.textContent ?? '', performance.timeOrigin])";

    private readonly TemporaryFolder _home;
    private readonly ClientWebSocket _tab = new();
    private readonly string _address;
    private readonly ChildProcess _process;
    private double _loadedAt;
    private int _commands;

    private ChromiumSession(ServedSites sites, string host, string chromium, TemporaryFolder home)
    {
        _home = home;
        _address = $"https://{host}:{sites.Port}/";
        _process = ChildProcess.Start(
            chromium,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                $"--user-data-dir={_home.File("profile")}", "--remote-debugging-port=0",
                $"--host-resolver-rules=MAP {host} 127.0.0.1:{sites.Port}, MAP * ~NOTFOUND",
                "about:blank",
            ],
            environment: new Dictionary<string, string?> { ["HOME"] = _home.Path });
    }

    public static async Task<ChromiumSession> StartAsync(ServedSites sites, string host)
    {
        var chromium = Tool.SkipUnless("chromium", "certutil");
        var home = new TemporaryFolder();
        // Trusted as by a user who added the authority: a browser keeps no session of a server whose certificate it was only told to ignore.
        await NssDatabase.CreateAsync(Path.Combine(home.Path, ".pki", "nssdb"), sites.CaFile);
        var session = new ChromiumSession(sites, host, chromium, home);
        try
        {
            await session.ConnectAsync();
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the page and waits for its images.</summary>
    public Task LoadAsync() => AwaitAsync("Page.navigate", new { url = _address });

    /// <summary>The same with the reload button, past every cache.</summary>
    public Task ReloadAsync() => AwaitAsync("Page.reload", new { ignoreCache = true });

    public async ValueTask DisposeAsync()
    {
        _tab.Dispose();
        await _process.DisposeAsync();
        _home.Dispose();
    }

    private async Task AwaitAsync(string method, object arguments)
    {
        await CallAsync(method, arguments);
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (true)
        {
            var state = JsonDocument.Parse(await EvaluateAsync(State)).RootElement;
            if (state[0].GetString()!.Contains(WebPage.AllLoaded, StringComparison.Ordinal) && state[1].GetDouble() > _loadedAt)
            {
                _loadedAt = state[1].GetDouble();
                return;
            }

            Assert.False(patience.IsCancellationRequested, $"{method}: the page says \"{state[0]}\"\n{string.Join("\n", _process.Lines)}");
            await Task.Delay(50);
        }
    }

    private async Task ConnectAsync()
    {
        var line = await _process.WaitForLineAsync("DevTools listening on ws://");
        var browser = new Uri(line[line.IndexOf("ws://", StringComparison.Ordinal)..]);
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (true)
        {
            using var list = JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{browser.Port}/json/list"), patience.Token));
            var page = list.RootElement.EnumerateArray().FirstOrDefault(target => target.GetProperty("type").GetString() == "page");
            if (page.ValueKind == JsonValueKind.Object)
            {
                await _tab.ConnectAsync(new Uri(page.GetProperty("webSocketDebuggerUrl").GetString()!), patience.Token);
                return;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    private async Task<string> EvaluateAsync(string expression) =>
        (await CallAsync("Runtime.evaluate", new { expression })).GetProperty("result").GetProperty("result").GetProperty("value").GetString()!;

    private async Task<JsonElement> CallAsync(string method, object arguments)
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        var id = ++_commands;
        await _tab.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = arguments }), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            var answer = await ReadAsync(patience.Token);
            if (answer.TryGetProperty("id", out var answered) && answered.GetInt32() == id)
                return answer;
        }
    }

    private async Task<JsonElement> ReadAsync(CancellationToken stop)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var piece = await _tab.ReceiveAsync(buffer.AsMemory(), stop);
            text.Append(Encoding.UTF8.GetString(buffer, 0, piece.Count));
            if (piece.EndOfMessage)
                return JsonDocument.Parse(text.ToString()).RootElement.Clone();
        }
    }
}
