using Latchkey.Testing;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Tests.Clients;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Relay;

/// <summary>Client certificates in relayed handshakes: the conductor asks and verifies the key, the edge judges the chain.</summary>
[Trait("Catalogue", "G1")]
[Trait("Catalogue", "K7")]
public sealed class RelayedClientCertificateTests
{
    [Theory]
    [InlineData("-tls1_2", false, 5)]
    [InlineData("-tls1_2", true, 4)]
    [InlineData("-tls1_3", false, 4)]
    public async Task A_client_shows_who_it_is(string version, bool handsOver, int trips)
    {
        var relay = Relay(ClientCertificateMode.Require, handsOver);
        var output = await ConnectAsync(relay, version, ClientSite.Authority.IssueClient("alice"));
        Assert.Contains("CLIENT CN=alice of 1", output, StringComparison.Ordinal);
        Assert.Equal(trips, relay.Trips);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_chain_of_a_stranger_is_refused_by_the_edge_alone(string version)
    {
        using var strangers = TestAuthority.Create("Strangers");
        var output = await ConnectAsync(Relay(ClientCertificateMode.Require), version, strangers.IssueClient("mallory"));
        Assert.DoesNotContain("CLIENT", output, StringComparison.Ordinal);
        Assert.Contains("The client's certificate is refused", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Without_a_certificate_it_depends_on_the_mode(string version)
    {
        Assert.Contains("CLIENT nobody of 0", await ConnectAsync(Relay(ClientCertificateMode.Request), version, null), StringComparison.Ordinal);
        Assert.DoesNotContain("CLIENT", await ConnectAsync(Relay(ClientCertificateMode.Require), version, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_conductor_that_does_not_ask_does_not_get_round_the_edge(string version)
    {
        var relay = new InProcessRelay(Tls12Site.Site(TestSite.Ecdsa), handsOver: false);
        var output = await ConnectAsync(relay, version, ClientSite.Authority.IssueClient("alice"));
        Assert.DoesNotContain("CLIENT", output, StringComparison.Ordinal);
        Assert.Contains("agreed without the client certificate", output, StringComparison.Ordinal);
    }

    private static InProcessRelay Relay(ClientCertificateMode mode, bool handsOver = false) => new(
        new TlsSite
        {
            Name = "example.test",
            Certificates = [Tls12Site.Load(TestSite.Ecdsa)],
            ClientCertificates = new ClientCertificates { Mode = mode, Verifier = new Anybody() },
        },
        handsOver);

    private static Task<string> ConnectAsync(InProcessRelay relay, string version, TestCertificate? certificate)
    {
        var edge = relay.Edge(new ClientCertificates
        {
            Mode = relay.Mode ?? ClientCertificateMode.Require,
            Verifier = new TrustedAuthorities(ClientSite.Authorities(), null),
        });
        return ClientSite.ConnectAsync(new TlsServerOptions { Sites = new SiteTable([], edge) }, version, certificate);
    }

    private sealed class Anybody : ClientCertificateVerifier
    {
        public override ValueTask<ClientCertificateVerdict> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset now, CancellationToken cancellationToken) =>
            ValueTask.FromResult(ClientCertificateVerdict.Accepted);
    }
}
