using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Configuration;
using Latchkey.Edge;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Tests.Edge;

public sealed class EdgeHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_renewed_certificate_is_presented_after_a_reload_and_live_connections_go_on()
    {
        await using var origin = await WebOrigin.StartAsync(context => context.Response.WriteAsync("served"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var live = edge.Http("example.test");
        Assert.Equal("served", await live.GetStringAsync("/", Token));
        var renewed = edge.Renew("example.test");
        Assert.NotEqual(renewed, await PresentedAsync(edge));

        await edge.ReloadAsync();

        Assert.Equal(renewed, await PresentedAsync(edge));
        Assert.Equal("served", await live.GetStringAsync("/", Token));
        // The connection of before, and two that looked at the certificate.
        await Eventually.TrueAsync(() => edge.Host.Status.Handshakes.Sum(handshake => handshake.Count) == 3);
    }

    [Fact]
    [Trait("Catalogue", "X8")]
    public async Task A_key_exchange_this_platform_lacks_is_named_in_the_log()
    {
        await using var origin = await WebOrigin.StartAsync(context => context.Response.WriteAsync("served"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));

        var named = edge.Log.All.Where(line => line.EventId == 5113).Select(line => line.Text);

        Assert.Equal(!MLKem.IsSupported, named.Any(line => line.StartsWith("key exchange X25519MlKem768 is not offered: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Another_upstream_is_in_force_for_the_next_request_of_a_live_connection()
    {
        await using var first = await WebOrigin.StartAsync(context => context.Response.WriteAsync("first"));
        await using var second = await WebOrigin.StartAsync(context => context.Response.WriteAsync("second"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", first.Address));
        using var live = edge.Http("example.test");
        Assert.Equal("first", await live.GetStringAsync("/", Token));

        edge.Change("example.test", second.Address);
        await edge.ReloadAsync();

        Assert.Equal("second", await live.GetStringAsync("/", Token));
        Assert.Equal(1, edge.Host.Status.Handshakes.Sum(handshake => handshake.Count));
    }

    [Fact]
    public async Task A_site_that_was_removed_is_misdirected_on_its_live_connections_and_refused_on_new_ones()
    {
        await using var origin = await WebOrigin.StartAsync(context => context.Response.WriteAsync("served"));
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var live = edge.Http("example.test");
        Assert.Equal("served", await live.GetStringAsync("/", Token));

        edge.Change("other.test", origin.Address);
        await edge.ReloadAsync();

        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await live.GetAsync("/", Token)).StatusCode);
        await Assert.ThrowsAnyAsync<System.Security.Authentication.AuthenticationException>(() => edge.TlsAsync("example.test"));
    }

    [Fact]
    public async Task A_renewal_on_disk_is_noticed_once_it_has_settled()
    {
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", "http://127.0.0.1:1"));
        var config = edge.Configure();
        var reloads = 0;
        using var watching = new CancellationTokenSource();
        var watch = new FileWatch(TimeSpan.FromMilliseconds(20), TimeProvider.System, () => config.Sites.SelectMany(site => site.Certificates).SelectMany(certificate => new[] { certificate.File, certificate.KeyFile! })).RunAsync(
            () =>
            {
                reloads++;
                return Task.CompletedTask;
            },
            watching.Token);

        await Task.Delay(200, Token);
        Assert.Equal(0, reloads);
        // One file, replaced at one moment: two would be two renewals where the machine is busy between them.
        var renewed = EdgeUnderTest.Authority.IssueServer(Testing.TestKey.EcdsaP256, "example.test").WriteCertificate(edge.Folder.Path, "renewed");
        File.Move(renewed, edge.Folder.File("example.test.pem"), overwrite: true);
        await Eventually.TrueAsync(() => reloads == 1);
        await Task.Delay(200, Token);
        Assert.Equal(1, reloads);
        await watching.CancelAsync();
        await watch;
    }

    [Fact]
    public async Task A_stop_lets_the_request_under_way_end_and_accepts_no_more()
    {
        var release = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var origin = await WebOrigin.StartAsync(async context =>
        {
            arrived.SetResult();
            await release.Task;
            await context.Response.WriteAsync("served in peace");
        });
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test");
        var asking = http.GetAsync("/", Token);
        await arrived.Task.WaitAsync(Token);

        var stopping = edge.Host.StopAsync(Token);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                using var late = await edge.ConnectAsync(Token);
                await Task.Delay(20, Token);
            }
        });
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        using var response = await asking;
        Assert.Equal("served in peace", await response.Content.ReadAsStringAsync(Token));
        Assert.True(response.Headers.ConnectionClose);
        await stopping.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task An_edge_whose_every_key_server_is_unreachable_is_not_ready_and_says_which()
    {
        using var folder = new Configuration.ConfigurationFolder();
        var file = folder.WriteChanged("edge.json", Configuration.ConfigurationFolder.Edge, "127.0.0.1:2407", $"127.0.0.1:{Testing.FreePort.Next()}");
        var config = EdgeConfigReader.Load(folder.WriteChanged("edge.json", File.ReadAllText(file), "127.0.0.1:8443", "127.0.0.1:0"));
        await using var host = new EdgeHost(config, new Tracing.HandshakeTraces(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        await host.StartAsync(Token);

        Assert.Equal("no key server is connected: home", host.NotReady);
        Assert.False(Assert.Single(host.Status.KeyServers).Connected);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_client_that_knows_only_RSA_gets_the_sites_second_certificate()
    {
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", "tcp://127.0.0.1:1"));
        var rsa = EdgeUnderTest.Authority.IssueServer(Testing.TestKey.Rsa2048, "example.test");
        rsa.Write(edge.Folder.Path, "rsa");
        var file = edge.Configure().File;
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"names\"", "\"certificates\":[{\"certificate\":\"rsa.pem\",\"key\":\"rsa.key\"}],\"names\"", StringComparison.Ordinal));
        await edge.Host.ReloadAsync(EdgeConfigReader.Load(file), Token);

        var openssl = Testing.Tool.SkipUnless("openssl");
        foreach (var (algorithms, expected) in new[] { ("rsa_pss_rsae_sha256", "RSA-PSS"), ("ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256", "ECDSA") })
        {
            var visit = await Testing.ChildProcess.RunAsync(
                openssl, ["s_client", "-connect", $"127.0.0.1:{edge.Port}", "-servername", "example.test", "-sigalgs", algorithms, "-CAfile", edge.Folder.File("ca.pem")]);
            Assert.Contains($"Peer signature type: {expected}", visit.All, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_status_tells_sites_certificates_and_handshakes()
    {
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", "tcp://127.0.0.1:1"));
        await using (await edge.TlsAsync("example.test"))
        {
        }

        // The client is done a moment before the server.
        await Eventually.TrueAsync(() => edge.Host.Status.Handshakes.Count == 1);
        var status = edge.Host.Status;
        var site = Assert.Single(status.Sites);
        Assert.Equal(("local", "tcp://127.0.0.1:1", "EcdsaP256"), (site.Custody, site.Upstream, Assert.Single(site.Certificates).Key));
        var handshake = Assert.Single(status.Handshakes);
        Assert.Equal(("TLS 1.3", "Completed", 1), (handshake.Version, handshake.Outcome, handshake.Count));
        Assert.Null(edge.Host.NotReady);
    }

    private static async Task<byte[]> PresentedAsync(EdgeUnderTest edge)
    {
        await using SslStream tls = await edge.TlsAsync("example.test");
        return ((X509Certificate2)tls.RemoteCertificate!).RawData;
    }
}
