using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer;
using Latchkey.Testing;
using Latchkey.Tls.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Tls.AspNetCore.Tests;

/// <summary>Applications that have a fleet's ticket keys: a session of one goes on at another.</summary>
[Trait("Catalogue", "R5")]
public sealed class FleetTicketKeysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _keyFile;

    public FleetTicketKeysTests()
    {
        KeylessApplication.Authority.Write(_folder.Path);
        KeylessApplication.Certificate.WriteCertificate(_folder.Path, "site");
        _keyFile = KeylessApplication.Certificate.WriteKey(_folder.Path, "site");
        KeylessApplication.Authority.IssueClient("edge").Write(_folder.Path, "edge");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_session_goes_on_between_an_application_with_its_key_and_one_without(string version)
    {
        await using var keyServer = await StartKeyServerAsync(ticketKeys: true);
        await using var withKey = await StartAsync("with its key", o =>
        {
            o.Key = "file:" + _keyFile;
            o.TicketKeysFrom(keyServer.EndPoint.ToString(), _folder.File("edge.pem"), _folder.File("edge.key"), _folder.File("ca.pem"));
        });
        await using var without = await StartAsync("without", o =>
        {
            o.KeyServer(keyServer.EndPoint.ToString(), _folder.File("edge.pem"), _folder.File("edge.key"), _folder.File("ca.pem"));
            o.TicketKeysFromKeyServer();
        });
        using var client = new ReconnectingClient(version, takesTickets: true);
        await Eventually.TrueAsync(() => Tickets(client, withKey) && Tickets(client, without));

        client.Forget();
        Assert.False(client.Visit(withKey.Port, "example.test").Resumed);
        for (var i = 0; i < 6; i++)
        {
            var (resumed, answer) = client.Visit(i % 2 == 0 ? without.Port : withKey.Port, "example.test");
            Assert.True(resumed, $"reconnect {i + 1}");
            Assert.Contains(i % 2 == 0 ? "without" : "with its key", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Sites_of_another_name_share_no_session()
    {
        await using var keyServer = await StartKeyServerAsync(ticketKeys: true);
        await using var first = await StartAsync("first", o => Share(o, keyServer));
        await using var second = await StartAsync("second", o =>
        {
            Share(o, keyServer);
            o.SiteName = "another.test";
        });
        using var client = new ReconnectingClient("1.3");
        await Eventually.TrueAsync(() => Tickets(client, first) && Tickets(client, second));

        client.Forget();
        client.Visit(first.Port, "example.test");

        Assert.False(client.Visit(second.Port, "example.test").Resumed);
    }

    [Fact]
    public async Task Where_no_ticket_key_is_given_handshakes_are_full_ones_and_none_fails()
    {
        await using var keyServer = await StartKeyServerAsync(ticketKeys: false);
        await using var application = await StartAsync("served", o => Share(o, keyServer));
        using var client = new ReconnectingClient("1.3");

        for (var i = 0; i < 3; i++)
        {
            var (resumed, answer) = client.Visit(application.Port, "example.test");
            Assert.False(resumed);
            Assert.Contains("served", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_application_with_its_key_says_where_ticket_keys_are_to_come_from()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync("", o =>
        {
            o.Key = "file:" + _keyFile;
            o.TicketKeysFromKeyServer();
        }));

        Assert.Contains("expected TicketKeysFrom(", error.Message, StringComparison.Ordinal);
    }

    private void Share(KeylessHttpsOptions options, KeyServer.KeyServer keyServer)
    {
        options.KeyServer(keyServer.EndPoint.ToString(), _folder.File("edge.pem"), _folder.File("edge.key"), _folder.File("ca.pem"));
        options.TicketKeysFromKeyServer();
    }

    private Task<KeylessApplication> StartAsync(string answer, Action<KeylessHttpsOptions> configure) => KeylessApplication.StartAsync(
        context => context.Response.WriteAsync(answer),
        listening: (listen, _) => listen.UseKeylessHttps(o =>
        {
            o.CertificatePath = _folder.File("site.pem");
            configure(o);
        }));

    // Whether a client that comes back at once resumes: the keys come a moment after the start.
    private static bool Tickets(ReconnectingClient client, KeylessApplication application)
    {
        client.Forget();
        client.Visit(application.Port, "example.test");
        return client.TicketName is not null && client.Visit(application.Port, "example.test").Resumed;
    }

    private async Task<KeyServer.KeyServer> StartKeyServerAsync(bool ticketKeys)
    {
        var keyServer = new KeyServer.KeyServer(
            new KeyServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Certificate = KeylessApplication.Authority.IssueServer(TestKey.EcdsaP256, "127.0.0.1", "keys.example.test").WithPrivateKey(),
                ClientAuthorities = [X509CertificateLoader.LoadCertificate(KeylessApplication.Authority.Certificate)],
                Keys = [new KeySource { Path = _keyFile, TicketKeys = ticketKeys }],
            },
            NullLoggerFactory.Instance);
        await keyServer.StartAsync(Token);
        return keyServer;
    }
}
