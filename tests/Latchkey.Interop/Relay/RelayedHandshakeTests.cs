using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Relay;

/// <summary>Custody <c>handshake</c> as its operators run it: what passes the link between edge and key server is read on the way.</summary>
public sealed class RelayedHandshakeTests(RelayedSites sites) : IClassFixture<RelayedSites>
{
    [Theory]
    [InlineData("rsa", "-tls1_2 -cipher AES128-GCM-SHA256", 3)]
    [InlineData("rsa", "-tls1_2 -cipher AES256-SHA:@SECLEVEL=0", 3)]
    [InlineData("rsa", "-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384", 3)]
    [InlineData("rsa", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256", 3)]
    [InlineData("ecdsa", "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305", 3)]
    [InlineData("both", "-tls1_2 -sigalgs RSA-PSS+SHA256", 3)]
    [InlineData("rsa", "-tls1_3", 2)]
    [InlineData("ecdsa", "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384", 2)]
    [InlineData("ecdsa", "-tls1_3 -groups ffdhe2048:P-256", 3)]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task The_key_server_conducts_and_the_edge_gets_session_keys_only(string site, string arguments, int trips)
    {
        var keys = await VisitAsync(site, arguments);

        var messages = sites.Deployment.Tap!.Messages;
        Assert.Equal(trips, sites.Trips);
        Assert.DoesNotContain(messages, message => message.Contains(arguments.StartsWith("-tls1_2", StringComparison.Ordinal) ? keys.MasterSecret : keys.ExporterSecret));
        if (arguments.Contains(" AES", StringComparison.Ordinal))
            Assert.DoesNotContain(messages, message => message.Contains(keys.Premaster));
    }

    [Theory]
    [InlineData("rsa-f1", "-tls1_2 -cipher AES128-GCM-SHA256")]
    [InlineData("rsa-f1", "-tls1_2 -cipher ECDHE-RSA-AES128-SHA:@SECLEVEL=0")]
    [InlineData("ecdsa-f1", "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384")]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "F1")]
    public async Task The_key_server_hands_the_master_secret_over_and_the_edge_exchanges_finished(string site, string arguments)
    {
        var keys = await VisitAsync(site, arguments);

        var messages = sites.Deployment.Tap!.Messages;
        Assert.Equal(2, sites.Trips);
        Assert.Single(messages, message => message.Contains(keys.MasterSecret));
        if (arguments.Contains(" AES", StringComparison.Ordinal))
            Assert.DoesNotContain(messages, message => message.Contains(keys.Premaster));
    }

    [Theory]
    [InlineData("rsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA")]
    [InlineData("rsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-CIPHER-ALL:+AES-128-CBC")]
    [InlineData("ecdsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2")]
    [InlineData("ecdsa-f1", "NORMAL:-VERS-ALL:+VERS-TLS1.2")]
    [InlineData("rsa-f1", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA")]
    [InlineData("ecdsa", "NORMAL:-VERS-ALL:+VERS-TLS1.3")]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    public async Task GnuTLS_is_served_as_well(string site, string priority)
    {
        var result = await GnuTlsClient.RunAsync(sites.Deployment, sites.Host(site), priority, sites.Request(site));

        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
    }

    private async Task<KeyLog> VisitAsync(string site, string arguments)
    {
        using var folder = new TemporaryFolder();
        var log = folder.File("keys");
        sites.Deployment.Tap!.Clear();
        await sites.VisitAsync(site, [.. arguments.Split(' '), "-keylogfile", log]);
        return KeyLog.Read(log);
    }
}
