using System.Net.Security;
using System.Security.Authentication;
using Latchkey.Tls.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Tls.AspNetCore.Tests;

[Trait("Catalogue", "X9")]
public sealed class FeatureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_application_sees_what_the_handshake_agreed_on()
    {
        IFeatureCollection? features = null;
        await using var application = await KeylessApplication.StartAsync(context =>
        {
            features = context.Features;
            return context.Response.WriteAsync($"{context.Features.Get<IKeylessHandshakeFeature>()!.Duration > TimeSpan.Zero}");
        });
        await using var tls = await Visitor.TlsAsync(application.Port, "example.test", SslApplicationProtocol.Http11);
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);

        var answer = await new StreamReader(tls).ReadToEndAsync(Token);

        Assert.EndsWith("True\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
        var handshake = features!.Get<IKeylessHandshakeFeature>()!.Handshake;
        Assert.Equal((TlsVersion.Tls13, "example.test", "http/1.1", "example.test"), (handshake.Version, handshake.ServerName, handshake.ApplicationProtocol, handshake.Site.Name));
        var tlsFeature = features!.Get<ITlsHandshakeFeature>()!;
        Assert.Equal((SslProtocols.Tls13, tls.NegotiatedCipherSuite, "example.test"), (tlsFeature.Protocol, tlsFeature.NegotiatedCipherSuite!.Value, tlsFeature.HostName));
        Assert.Null(features!.Get<ITlsConnectionFeature>()!.ClientCertificate);
        Assert.False(features!.Get<IEarlyDataFeature>()!.MayBeReplayed);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task TLS_1_2_is_served_with_the_same_features(string http)
    {
        await using var application = await KeylessApplication.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Scheme} {context.Request.Protocol} {context.Features.Get<ITlsHandshakeFeature>()!.Protocol}"),
            version: TlsVersion.Tls12);
        using var client = Visitor.Http(application.Port, Version.Parse(http));

        Assert.Equal($"https HTTP/{(http == "2.0" ? "2" : http)} Tls12", await client.GetStringAsync("/", Token));
        Assert.Equal(TlsVersion.Tls12, Assert.Single(application.Metrics.Handshakes).Key.Version);
    }

    [Fact]
    public async Task The_end_of_an_answer_is_told_by_close_notify()
    {
        await using var application = await KeylessApplication.StartAsync(context => context.Response.WriteAsync("served"));
        var (exit, output) = await OpenSsl.GetAsync(application.Port, "GET / HTTP/1.0\r\nHost: example.test\r\n\r\n");

        // s_client tells a transport that just ends from one that was closed in order.
        Assert.Contains("served", output, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected eof", output, StringComparison.Ordinal);
        Assert.Equal(0, exit);
    }

    [Fact]
    public async Task A_connection_that_was_served_is_counted_once_and_then_closed()
    {
        await using var application = await KeylessApplication.StartAsync(context => context.Response.WriteAsync("served"));
        using (var http = Visitor.Http(application.Port))
        {
            await http.GetStringAsync("/", Token);
            Assert.Equal(1, application.Metrics.OpenConnections);
        }

        await Eventually.TrueAsync(() => application.Metrics.OpenConnections == 0);
        var (kind, count) = Assert.Single(application.Metrics.Handshakes);
        Assert.Equal((TlsVersion.Tls13, HandshakeOutcome.Completed, 1), (kind.Version, kind.Outcome, count));
        Assert.Equal(0, application.Metrics.PendingHandshakes);
    }
}
