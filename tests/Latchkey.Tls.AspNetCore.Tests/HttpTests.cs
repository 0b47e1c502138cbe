using System.Net;
using System.Security.Cryptography;
using Latchkey.Tls.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Tls.AspNetCore.Tests;

[Trait("Catalogue", "X9")]
public sealed class HttpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory, MemberData(nameof(Versions))]
    public async Task An_application_is_served_with_scheme_https(string version)
    {
        await using var application = await KeylessApplication.StartAsync(context =>
            context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Scheme} {context.Request.IsHttps} {context.Request.Host}"));
        using var http = Visitor.Http(application.Port, Version.Parse(version));

        var answer = await http.GetStringAsync("/", Token);

        Assert.Equal($"HTTP/{(version == "2.0" ? "2" : version)} https True example.test", answer);
        Assert.Empty(application.Log.Alarms);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Ten_megabytes_arrive_unharmed_in_both_directions(string version)
    {
        var body = RandomNumberGenerator.GetBytes(10_000_000);
        var hash = Convert.ToHexString(SHA256.HashData(body));
        await using var application = await KeylessApplication.StartAsync(async context =>
        {
            if (HttpMethods.IsGet(context.Request.Method))
                await context.Response.Body.WriteAsync(body);
            else
                await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
        });
        using var http = Visitor.Http(application.Port, Version.Parse(version));

        using var response = await http.PostAsync("/", new ByteArrayContent(body), Token);

        Assert.Equal(hash, await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(hash, Convert.ToHexString(SHA256.HashData(await http.GetByteArrayAsync("/", Token))));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Two_hundred_requests_at_once_are_each_answered_with_their_own_answer(string version)
    {
        await using var application = await KeylessApplication.StartAsync(context => context.Response.WriteAsync(context.Request.Path));
        using var http = Visitor.Http(application.Port, Version.Parse(version));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => http.GetStringAsync($"/{i}", Token)));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"/{i}"), answers);
    }

    [Fact]
    public async Task Many_requests_share_one_connection()
    {
        await using var application = await KeylessApplication.StartAsync(context => context.Response.WriteAsync(context.Connection.Id));
        using var http = Visitor.Http(application.Port);

        var connections = new HashSet<string>();
        for (var i = 0; i < 20; i++)
            connections.Add(await http.GetStringAsync("/", Token));

        Assert.Single(connections);
        Assert.Equal(1, application.Key.Questions);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Events_arrive_when_they_are_flushed_not_when_the_answer_ends(string version)
    {
        var next = new SemaphoreSlim(0);
        await using var application = await KeylessApplication.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(context.RequestAborted);
            }
        });
        using var http = Visitor.Http(application.Port, Version.Parse(version));

        using var events = new StreamReader(await http.GetStreamAsync("/", Token));
        for (var i = 0; i < 3; i++)
        {
            // Each is sent only after the one before it was read here: buffering anywhere would hang.
            Assert.Equal($"data: {i}", await events.ReadLineAsync(Token));
            Assert.Equal("", await events.ReadLineAsync(Token));
            next.Release();
        }

        Assert.Null(await events.ReadLineAsync(Token));
    }

    [Fact]
    public async Task An_answer_written_as_JSON_by_unflushed_bytes_is_served()
    {
        // Kestrel asks the pipe for UnflushedBytes; a pipe that cannot tell made every such answer a 500.
        await using var application = await KeylessApplication.StartAsync(context => context.Response.WriteAsJsonAsync(new { Name = new string('x', 50_000) }));
        using var http = Visitor.Http(application.Port);

        var answer = await http.GetStringAsync("/", Token);

        Assert.StartsWith("{\"name\":\"xxx", answer, StringComparison.Ordinal);
        Assert.True(answer.Length > 50_000);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_client_that_leaves_in_the_middle_of_an_answer_disturbs_nobody(string version)
    {
        var aborted = new TaskCompletionSource();
        await using var application = await KeylessApplication.StartAsync(async context =>
        {
            if (context.Request.Path == "/short")
            {
                await context.Response.WriteAsync("short");
                return;
            }

            await using var _ = context.RequestAborted.Register(() => aborted.TrySetResult());
            var block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });
        using (var leaving = Visitor.Http(application.Port, Version.Parse(version)))
        {
            await using var endless = await leaving.GetStreamAsync("/endless", Token);
            await endless.ReadExactlyAsync(new byte[1_000_000], Token);
        }

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        using var staying = Visitor.Http(application.Port, Version.Parse(version));
        Assert.Equal("short", await staying.GetStringAsync("/short", Token));
        Assert.Empty(application.Log.Alarms);
    }

    [Fact]
    public async Task A_client_that_closes_without_close_notify_between_requests_is_no_alarm()
    {
        await using var application = await KeylessApplication.StartAsync(context => context.Response.WriteAsync("served"));
        using (var socket = await Visitor.ConnectAsync(application.Port, Token))
        {
            var tls = new System.Net.Security.SslStream(new System.Net.Sockets.NetworkStream(socket));
            await tls.AuthenticateAsClientAsync(Visitor.Options(), Token);
            await tls.WriteAsync("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"u8.ToArray(), Token);
            Assert.NotEqual(0, await tls.ReadAsync(new byte[1000], Token));
            // The socket goes, the TLS session never says goodbye.
        }

        await Eventually.TrueAsync(() => application.Metrics.OpenConnections == 0);
        Assert.Empty(application.Log.Alarms);
    }

    [Fact]
    public async Task The_body_of_a_connection_that_is_cut_is_not_taken_for_whole()
    {
        var outcome = new TaskCompletionSource<Exception?>();
        await using var application = await KeylessApplication.StartAsync(async context =>
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                outcome.TrySetResult(null);
            }
            catch (Exception e)
            {
                // Kestrel would read the rest of the body otherwise, unless it has heard of the end of the connection by then; after a failed read it takes that for the application's fault.
                context.Abort();
                outcome.TrySetResult(e);
            }
        });
        using (var socket = await Visitor.ConnectAsync(application.Port, Token))
        {
            var tls = new System.Net.Security.SslStream(new System.Net.Sockets.NetworkStream(socket));
            await tls.AuthenticateAsClientAsync(Visitor.Options(), Token);
            await tls.WriteAsync("POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray(), Token);
            socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            Assert.NotNull(await outcome.Task.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }

        Assert.Empty(application.Log.Alarms);
    }
}
