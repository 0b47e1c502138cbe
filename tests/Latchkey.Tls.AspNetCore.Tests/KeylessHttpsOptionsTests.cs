using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer;
using Latchkey.Testing;
using Latchkey.Tls.AspNetCore.Tests.Harness;
using Latchkey.Tls.Clients;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Tls.AspNetCore.Tests;

[Trait("Catalogue", "X9")]
public sealed class KeylessHttpsOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public KeylessHttpsOptionsTests()
    {
        KeylessApplication.Authority.Write(_folder.Path);
        KeylessApplication.Certificate.WriteCertificate(_folder.Path, "site");
        KeylessApplication.Authority.IssueClient("edge").Write(_folder.Path, "edge");
    }

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("Catalogue", "X1")]
    public async Task One_line_in_Kestrel_serves_a_site_whose_key_is_at_a_key_server()
    {
        await using var keyServer = await StartKeyServerAsync();
        await using var application = await KeylessApplication.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Scheme} {context.Features.Get<IKeylessHandshakeFeature>()!.Handshake.Site.Name}"),
            listening: (listen, _) => listen.UseKeylessHttps(o => Configure(o, keyServer.EndPoint.ToString())));

        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var http = Visitor.Http(application.Port, version);
            Assert.Equal("https example.test", await http.GetStringAsync("/", Token));
        }

        Assert.Empty(application.Log.Alarms);
    }

    [Theory, Trait("Catalogue", "G1")]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_application_sees_its_clients_certificate(string http)
    {
        using var clients = TestAuthority.Create("Latchkey test clients");
        clients.Write(_folder.Path, "clients");
        await using var keyServer = await StartKeyServerAsync();
        await using var application = await KeylessApplication.StartAsync(
            async context => await context.Response.WriteAsync($"{context.Connection.ClientCertificate?.Subject}, {(await context.Connection.GetClientCertificateAsync(Token))?.Issuer}"),
            listening: (listen, _) => listen.UseKeylessHttps(o =>
            {
                Configure(o, keyServer.EndPoint.ToString());
                o.ClientCertificates(ClientCertificateMode.Require, _folder.File("clients.pem"));
            }));

        using (var alice = Visitor.Http(application.Port, Version.Parse(http), clients.IssueClient("alice")))
            Assert.Equal("CN=alice, CN=Latchkey test clients", await alice.GetStringAsync("/", Token));
        using (var nobody = Visitor.Http(application.Port, Version.Parse(http)))
            await Assert.ThrowsAsync<HttpRequestException>(() => nobody.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task A_key_server_that_comes_back_is_used_again_without_a_restart()
    {
        var keyServer = await StartKeyServerAsync();
        var address = keyServer.EndPoint;
        await using var application = await KeylessApplication.StartAsync(
            context => context.Response.WriteAsync("served"),
            listening: (listen, _) => listen.UseKeylessHttps(o =>
            {
                Configure(o, address.ToString());
                // Else a client that was there before needs no key server.
                o.Resumption = false;
            }));
        using (var http = Visitor.Http(application.Port))
            Assert.Equal("served", await http.GetStringAsync("/", Token));

        await keyServer.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => Visitor.TlsAsync(application.Port));
        await Eventually.TrueAsync(() => application.Log.Alarms.Any(line => line.EventId == 4001 && line.Text.Contains("example.test", StringComparison.Ordinal)));

        await using var again = await StartKeyServerAsync(address);
        await Eventually.TrueAsync(() =>
        {
            using var http = Visitor.Http(application.Port);
            return http.GetAsync("/", Token).ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default).GetAwaiter().GetResult();
        });
    }

    [Fact]
    [Trait("Catalogue", "R3")]
    public async Task A_client_that_comes_back_needs_no_key_server()
    {
        var keyServer = await StartKeyServerAsync();
        await using var application = await KeylessApplication.StartAsync(
            context => context.Response.WriteAsync("served"),
            listening: (listen, _) => listen.UseKeylessHttps(o => Configure(o, keyServer.EndPoint.ToString())));
        using var client = new ReconnectingClient("1.2");
        Assert.False(client.Visit(application.Port, "example.test").Resumed);

        await keyServer.DisposeAsync();

        var (resumed, answer) = client.Visit(application.Port, "example.test");
        Assert.True(resumed);
        Assert.Contains("served", answer, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<KeylessHttpsOptions, Func<string, string>>> Mistakes => new()
    {
        { "SessionLifetime is 8.00:00:00 (expected more than zero, at most 7 days)", (o, _) => o.SessionLifetime = TimeSpan.FromDays(8) },
        { "CertificatePath is not set", (o, file) => o.CertificatePath = null },
        { "missing.pem cannot be read (expected a PEM certificate chain)", (o, file) => o.CertificatePath = file("missing.pem") },
        { "holds no certificate", (o, file) => o.CertificatePath = file("edge.key") },
        { "edge.pem and", (o, file) => o.KeyServer("127.0.0.1:1", file("edge.pem"), file("site.pem"), file("ca.pem")) },
        { "nobody.pem cannot be read", (o, file) => o.KeyServer("127.0.0.1:1", file("nobody.pem"), file("edge.key"), file("ca.pem")) },
        { "edge.key holds no certificate (expected the authorities of the key server)", (o, file) => o.KeyServer("127.0.0.1:1", file("edge.pem"), file("edge.key"), file("edge.key")) },
        { "nowhere:port", (o, file) => o.KeyServer("nowhere:port", file("edge.pem"), file("edge.key"), file("ca.pem")) },
        { "clients.pem cannot be read (expected the authorities of the clients)", (o, file) => o.ClientCertificates(ClientCertificateMode.Require, file("clients.pem")) },
        { "ClientCertificates: None of the authorities is self-signed", (o, file) => o.ClientCertificates(ClientCertificateMode.Request, file("edge.pem")) },
        { "ClientCertificates: There is no PEM block X509 CRL", (o, file) => o.ClientCertificates(ClientCertificateMode.Request, file("ca.pem"), file("ca.pem")) },
        { "there are signature, premaster", (o, file) => o.Custody = "everything" },
        { "Key stands beside a key server", (o, file) => o.Key = "file:/x.key" },
        { "TicketKeysFrom names no key server", (o, file) => o.TicketKeysFrom(",", file("edge.pem"), file("edge.key"), file("ca.pem")) },
        { "DelegatedCredentials stands beside Key, or another custody", (o, _) =>
            {
                o.Custody = "handshake";
                o.DelegatedCredentials();
            }
        },
        { "DelegatedCredentials: the lifetime is 8.00:00:00 (expected 2 seconds to 7 days)", (o, _) => o.DelegatedCredentials(TimeSpan.FromDays(8)) },
        { "site.pem: the certificate lacks the extension DelegationUsage", (o, _) => o.DelegatedCredentials() },
        { "ticket keys stand beside Resumption = false", (o, _) =>
            {
                o.Resumption = false;
                o.TicketKeysFromKeyServer();
            }
        },
    };

    [Theory, MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_mistake_is_told_at_start_by_option_or_file(string expected, Action<KeylessHttpsOptions, Func<string, string>> mistake)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => KeylessApplication.StartAsync(
            _ => Task.CompletedTask,
            listening: (listen, _) => listen.UseKeylessHttps(o =>
            {
                Configure(o, "127.0.0.1:1");
                mistake(o, _folder.File);
            })));

        Assert.StartsWith("UseKeylessHttps: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_without_key_server_is_a_mistake_too()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => KeylessApplication.StartAsync(
            _ => Task.CompletedTask, listening: (listen, _) => listen.UseKeylessHttps(o => o.CertificatePath = _folder.File("site.pem"))));

        Assert.Contains("KeyServer(", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:/none.key", "Key: /none.key: cannot be read")]
    [InlineData("moon:key", "Key: moon:key: no key store opens moon: (expected one of file:, pkcs11:, tpm2:)")]
    public async Task A_key_that_cannot_be_opened_is_told_at_start(string key, string expected)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => KeylessApplication.StartAsync(
            _ => Task.CompletedTask, listening: (listen, _) => listen.UseKeylessHttps(o => (o.CertificatePath, o.Key) = (_folder.File("site.pem"), key))));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("Catalogue", "S2")]
    public async Task An_application_serves_with_its_key_in_a_token_beside_it()
    {
        SoftHsm.SkipUnlessInstalled();
        var hsm = SoftHsm.InThisProcess;
        await hsm.AddTokenAsync("application");
        await hsm.ImportAsync("application", KeylessApplication.Certificate, "tls", "01");
        await using var application = await KeylessApplication.StartAsync(
            context => context.Response.WriteAsync("signed by a token"),
            listening: (listen, _) => listen.UseKeylessHttps(o => (o.CertificatePath, o.Key) = (_folder.File("site.pem"), hsm.Uri("application", "tls"))));

        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var http = Visitor.Http(application.Port, version);
            Assert.Equal("signed by a token", await http.GetStringAsync("/", Token));
        }
    }

    private void Configure(KeylessHttpsOptions options, string keyServer)
    {
        options.CertificatePath = _folder.File("site.pem");
        options.KeyServer(keyServer, _folder.File("edge.pem"), _folder.File("edge.key"), _folder.File("ca.pem"));
    }

    private async Task<KeyServer.KeyServer> StartKeyServerAsync(IPEndPoint? address = null)
    {
        var certificate = KeylessApplication.Authority.IssueServer(TestKey.EcdsaP256, "127.0.0.1", "keys.example.test").WithPrivateKey();
        var keyServer = new KeyServer.KeyServer(
            new KeyServerOptions
            {
                Listen = address ?? new IPEndPoint(IPAddress.Loopback, 0),
                Certificate = certificate,
                ClientAuthorities = [X509CertificateLoader.LoadCertificate(KeylessApplication.Authority.Certificate)],
                Keys = [new KeySource { Path = KeylessApplication.Certificate.WriteKey(_folder.Path, "site") }],
            },
            NullLoggerFactory.Instance);
        await keyServer.StartAsync(Token);
        return keyServer;
    }
}
