using System.Net.Security;
using System.Security.Authentication;
using Latchkey.Tls.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore.Tests;

[Trait("Catalogue", "X9")]
public sealed class HandshakeFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_server_that_is_down_fails_handshakes_with_internal_error_and_leaves_live_connections_alone()
    {
        await using var application = await ServeAsync();
        using var live = Visitor.Http(application.Port);
        Assert.Equal("served", await live.GetStringAsync("/", Token));

        application.Key.IsDown = true;
        var refusal = await Assert.ThrowsAnyAsync<AuthenticationException>(() => Visitor.TlsAsync(application.Port));

        Assert.Contains("internal error", refusal.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("served", await live.GetStringAsync("/", Token));
        application.Key.IsDown = false;
        using var later = Visitor.Http(application.Port);
        Assert.Equal("served", await later.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task A_key_server_that_is_down_is_one_error_line_that_names_site_and_reason()
    {
        await using var application = await ServeAsync();
        application.Key.IsDown = true;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Assert.ThrowsAnyAsync<Exception>(() => Visitor.TlsAsync(application.Port))));

        await AssertCountAsync(20, application, HandshakeOutcome.KeyHolderFailed);
        // More than one only where the handshakes took longer than the second that a line stands for.
        var lines = application.Log.Alarms.ToList();
        Assert.InRange(lines.Count, 1, 10);
        Assert.All(lines, line => Assert.Equal((LogLevel.Error, 4001), (line.Level, line.EventId)));
        Assert.Contains("Site example.test", lines[0].Text, StringComparison.Ordinal);
        Assert.Contains("key server home: connection refused", lines[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_TLS_are_the_clients_fault_and_no_alarm()
    {
        await using var application = await ServeAsync();
        using var socket = await Visitor.ConnectAsync(application.Port, Token);
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"u8.ToArray(), Token);

        await Eventually.TrueAsync(() => Count(application, HandshakeOutcome.PeerMisbehaved) == 1);

        Assert.Empty(application.Log.Alarms);
        await AssertServesAsync(application);
    }

    [Fact]
    public async Task A_name_that_nobody_serves_is_refused()
    {
        await using var application = await ServeAsync();

        await Assert.ThrowsAnyAsync<AuthenticationException>(() => Visitor.TlsAsync(application.Port, "other.test"));

        await AssertCountAsync(1, application, HandshakeOutcome.PeerIncompatible);
        await AssertServesAsync(application);
    }

    [Fact]
    public async Task A_client_that_distrusts_the_certificate_is_no_alarm()
    {
        await using var application = await ServeAsync();
        await using var stream = new SslStream(new System.Net.Sockets.NetworkStream(await Visitor.ConnectAsync(application.Port, Token), ownsSocket: true));

        await Assert.ThrowsAnyAsync<AuthenticationException>(() => stream.AuthenticateAsClientAsync("example.test", null, checkCertificateRevocation: false));
        await stream.DisposeAsync();

        await Eventually.TrueAsync(() => application.Metrics.PendingHandshakes == 0 && application.Metrics.OpenConnections == 0);
        Assert.Empty(application.Log.Alarms);
        await AssertServesAsync(application);
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_closed_when_the_handshake_timeout_is_over()
    {
        await using var application = await ServeAsync(new TlsLimits { HandshakeTimeout = TimeSpan.FromMilliseconds(300) });
        using var socket = await Visitor.ConnectAsync(application.Port, Token);

        var received = await socket.ReceiveAsync(new byte[1], Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);

        Assert.Equal(0, received);
        await AssertCountAsync(1, application, HandshakeOutcome.LimitReached);
        await AssertServesAsync(application);
    }

    [Fact]
    public async Task A_client_that_leaves_while_the_key_server_thinks_frees_the_key_server()
    {
        await using var application = await ServeAsync();
        var never = new TaskCompletionSource();
        application.Key.Before = never.Task;
        var leaving = await Visitor.ConnectAsync(application.Port, Token);
        await using (var stream = new SslStream(new System.Net.Sockets.NetworkStream(leaving, ownsSocket: true)))
        {
            _ = stream.AuthenticateAsClientAsync(Visitor.Options(), CancellationToken.None).ContinueWith(task => task.Exception, TaskScheduler.Default);
            await Eventually.TrueAsync(() => application.Key.Questions == 1);
        }

        // Well before the handshake timeout of ten seconds.
        await Eventually.TrueAsync(() => Count(application, HandshakeOutcome.PeerClosed) == 1);
        Assert.Empty(application.Log.Alarms);
        application.Key.Before = Task.CompletedTask;
        await AssertServesAsync(application);
    }

    [Fact]
    public async Task More_unfinished_handshakes_than_allowed_are_closed_at_once_with_one_warning()
    {
        await using var application = await ServeAsync(new TlsLimits { MaxConcurrentHandshakes = 2 });
        var gate = new TaskCompletionSource();
        application.Key.Before = gate.Task;
        var waiting = new[] { Visitor.TlsAsync(application.Port), Visitor.TlsAsync(application.Port) };
        await Eventually.TrueAsync(() => application.Key.Questions == 2);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Assert.ThrowsAnyAsync<Exception>(() => Visitor.TlsAsync(application.Port))));

        await AssertCountAsync(3, application, HandshakeOutcome.LimitReached);
        Assert.Equal(4004, Assert.Single(application.Log.Alarms).EventId);
        gate.SetResult();
        foreach (var client in await Task.WhenAll(waiting))
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_fault_of_ours_is_logged_whole_and_stays_in_its_connection()
    {
        await using var application = await ServeAsync();
        application.Key.IsBroken = true;

        await Assert.ThrowsAnyAsync<Exception>(() => Visitor.TlsAsync(application.Port));

        await AssertCountAsync(1, application, HandshakeOutcome.Failed);
        var line = Assert.Single(application.Log.Alarms);
        Assert.Equal((LogLevel.Error, 4003), (line.Level, line.EventId));
        Assert.IsType<InvalidOperationException>(line.Exception);
        application.Key.IsBroken = false;
        await AssertServesAsync(application);
    }

    private static Task<KeylessApplication> ServeAsync(TlsLimits? limits = null) =>
        KeylessApplication.StartAsync(context => context.Response.WriteAsync("served"), limits);

    private static async Task AssertServesAsync(KeylessApplication application)
    {
        using var http = Visitor.Http(application.Port);
        Assert.Equal("served", await http.GetStringAsync("/", Token));
    }

    // The client has the alert a moment before the server has counted it.
    private static Task AssertCountAsync(long expected, KeylessApplication application, HandshakeOutcome outcome) =>
        Eventually.TrueAsync(() => Count(application, outcome) == expected);

    private static long Count(KeylessApplication application, HandshakeOutcome outcome) =>
        application.Metrics.Handshakes.Where(pair => pair.Key.Outcome == outcome).Sum(pair => pair.Value);
}
