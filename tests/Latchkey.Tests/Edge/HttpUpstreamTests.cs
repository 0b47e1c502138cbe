using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Tests.Edge;

[Trait("Catalogue", "D5")]
public sealed class HttpUpstreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory, MemberData(nameof(Versions))]
    public async Task The_origin_is_told_who_asks_by_the_edge_and_not_by_the_client(string version)
    {
        await using var origin = await WebOrigin.StartAsync(context => context.Response.WriteAsync(
            string.Join('\n', context.Request.Headers.Where(header => header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase) || header.Key is "Host" or "Forwarded")
                .Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.OrdinalIgnoreCase))));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test", Version.Parse(version));
        foreach (var claim in new[] { "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded" })
            http.DefaultRequestHeaders.Add(claim, "claimed");

        var told = await http.GetStringAsync("/", Token);

        Assert.Equal("Host: example.test\nX-Forwarded-For: 127.0.0.1\nX-Forwarded-Host: example.test\nX-Forwarded-Proto: https", told);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_body_beyond_Kestrels_usual_limit_goes_up_and_one_comes_down_unharmed(string version)
    {
        var body = RandomNumberGenerator.GetBytes(35_000_000);
        var hash = Convert.ToHexString(SHA256.HashData(body));
        await using var origin = await WebOrigin.StartAsync(async context =>
        {
            if (HttpMethods.IsGet(context.Request.Method))
                await context.Response.Body.WriteAsync(body);
            else
                await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
        });
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test", Version.Parse(version));

        using var up = await http.PostAsync("/", new ByteArrayContent(body), Token);

        Assert.Equal(hash, await up.Content.ReadAsStringAsync(Token));
        Assert.Equal(hash, Convert.ToHexString(SHA256.HashData(await http.GetByteArrayAsync("/", Token))));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_WebSocket_works_both_ways(string version)
    {
        await using var origin = await WebOrigin.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1000];
            while (await socket.ReceiveAsync(buffer, Token) is { MessageType: not WebSocketMessageType.Close } received)
                await socket.SendAsync(Encoding.ASCII.GetBytes("echo " + Encoding.ASCII.GetString(buffer, 0, received.Count)), WebSocketMessageType.Text, true, Token);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "goodbye", Token);
        });
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test", Version.Parse(version));
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = Version.Parse(version);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await client.ConnectAsync(new Uri("wss://example.test/"), http, Token);
        var buffer = new byte[1000];
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"{i}"), WebSocketMessageType.Text, true, Token);
            var received = await client.ReceiveAsync(buffer, Token);
            Assert.Equal($"echo {i}", Encoding.ASCII.GetString(buffer, 0, received.Count));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Token);
        Assert.Equal("goodbye", client.CloseStatusDescription);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Events_pass_when_the_origin_flushes_them(string version)
    {
        var next = new SemaphoreSlim(0);
        await using var origin = await WebOrigin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(context.RequestAborted);
            }
        });
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test", Version.Parse(version));

        using var events = new StreamReader(await http.GetStreamAsync("/", Token));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"data: {i}", await events.ReadLineAsync(Token));
            next.Release();
        }

        Assert.Null(await events.ReadLineAsync(Token));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_request_for_another_sites_name_is_misdirected(string version)
    {
        await using var origin = await WebOrigin.StartAsync(context => context.Response.WriteAsync("reached"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address), ("other.test", origin.Address));
        var curl = Tool.SkipUnless("curl");

        foreach (var (host, expected) in new[] { ("other.test", 421), ("nobody.test", 421), ("WWW.Example.Test", 200), ("a.b.example.test", 421), ("example.test:443", 200) })
        {
            // SNI is the URL's name, Host (:authority) the header's.
            var visit = await ChildProcess.RunAsync(
                curl,
                ["-s", version == "2.0" ? "--http2" : "--http1.1", "--cacert", edge.Folder.File("ca.pem"), "--resolve", $"example.test:{edge.Port}:127.0.0.1",
                    "-H", $"Host: {host}", "-o", edge.Folder.File("answer"), "-w", "%{http_code} %{http_version}", $"https://example.test:{edge.Port}/"]);
            Assert.Equal((host, $"{expected} {version[..(version == "2.0" ? 1 : 3)]}"), (host, visit.Succeeded().Output.Trim()));
        }
    }

    [Fact]
    public async Task An_origin_that_is_down_is_a_502_page_and_one_warning()
    {
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", $"http://127.0.0.1:{FreePort.Next()}"));
        using var http = edge.Http("example.test");

        for (var i = 0; i < 5; i++)
        {
            using var response = await http.GetAsync("/some/page?token=secret", Token);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            Assert.Contains("502 Bad Gateway", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        var lines = edge.Log.Alarms.Where(line => line.EventId == 5101).ToList();
        Assert.InRange(lines.Count, 1, 4);
        Assert.Contains("Site example.test: upstream http://127.0.0.1:", lines[0].Text, StringComparison.Ordinal);
        Assert.Contains("Connection refused", lines[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(edge.Log.Alarms, line => line.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_https_origin_may_have_its_certificate_for_the_name_in_the_upstreams_address()
    {
        await using var origin = await WebOrigin.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Host}"), EdgeUnderTest.Authority.IssueServer(TestKey.EcdsaP256, "127.0.0.1"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test");

        Assert.Equal("HTTP/2 example.test", await http.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task An_https_origin_with_a_certificate_for_neither_name_is_not_talked_to()
    {
        var reached = false;
        await using var origin = await WebOrigin.StartAsync(
            context =>
            {
                reached = true;
                return Task.CompletedTask;
            },
            EdgeUnderTest.Authority.IssueServer(TestKey.EcdsaP256, "impostor.test"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test");

        Assert.Equal(HttpStatusCode.BadGateway, (await http.GetAsync("/", Token)).StatusCode);
        Assert.False(reached);
    }
}
