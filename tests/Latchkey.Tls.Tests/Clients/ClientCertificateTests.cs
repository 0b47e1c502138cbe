using Latchkey.Testing;
using Latchkey.Tls.Clients;

namespace Latchkey.Tls.Tests.Clients;

/// <summary>Client certificates, with the client everybody has.</summary>
[Trait("Catalogue", "G1")]
public sealed class ClientCertificateTests
{
    public static TheoryData<string> Versions => ["-tls1_2", "-tls1_3"];

    [Theory]
    [InlineData("-tls1_2", TestKey.EcdsaP256)]
    [InlineData("-tls1_2", TestKey.EcdsaP384)]
    [InlineData("-tls1_2", TestKey.Rsa2048)]
    [InlineData("-tls1_2", TestKey.Ed25519)]
    [InlineData("-tls1_3", TestKey.EcdsaP256)]
    [InlineData("-tls1_3", TestKey.EcdsaP384)]
    [InlineData("-tls1_3", TestKey.Rsa2048)]
    [InlineData("-tls1_3", TestKey.Ed25519)]
    public async Task Every_kind_of_key_proves_who_the_client_is(string version, TestKey key)
    {
        var output = await ClientSite.ConnectAsync(ClientSite.Options(ClientCertificateMode.Require), version, ClientSite.Authority.IssueClient("alice", key));
        Assert.Contains("CLIENT CN=alice of 1", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "RSA+SHA256")]
    [InlineData("-tls1_2", "RSA+SHA512")]
    [InlineData("-tls1_2", "RSA-PSS+SHA384")]
    [InlineData("-tls1_3", "RSA-PSS+SHA512")]
    public async Task The_client_signs_by_any_scheme_that_was_asked_for(string version, string scheme)
    {
        var output = await ClientSite.ConnectAsync(ClientSite.Options(ClientCertificateMode.Require), version, ClientSite.Authority.IssueClient("alice", TestKey.Rsa2048), $"-client_sigalgs {scheme}");
        Assert.Contains("CLIENT CN=alice", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_client_is_told_which_authorities_and_schemes_count(string version)
    {
        var output = await ClientSite.ConnectAsync(ClientSite.Options(ClientCertificateMode.Request), version, null);
        Assert.Contains("Acceptable client certificate CA names\nCN = Latchkey test clients", output, StringComparison.Ordinal);
        Assert.Contains("Requested Signature Algorithms: ECDSA+SHA256:Ed25519:ECDSA+SHA384:RSA-PSS+SHA256", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("SHA1", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_chain_with_an_intermediate_is_built_to_the_root(string version)
    {
        using var intermediate = ClientSite.Authority.CreateIntermediate();
        var output = await ClientSite.ConnectAsync(ClientSite.Options(ClientCertificateMode.Require), version, intermediate.IssueClient("alice"));
        Assert.Contains("CLIENT CN=alice of 2", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Where_one_is_only_requested_a_client_may_go_without(string version) =>
        Assert.Contains("CLIENT nobody of 0", await ClientSite.ConnectAsync(ClientSite.Options(ClientCertificateMode.Request), version, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("-tls1_2", "alert handshake failure")]
    [InlineData("-tls1_3", "alert certificate required")]
    public async Task Where_one_is_required_a_client_without_is_refused(string version, string alert)
    {
        var output = await ClientSite.ConnectAsync(ClientSite.Options(ClientCertificateMode.Require), version, null);
        Assert.Contains(alert, output, StringComparison.Ordinal);
        Assert.DoesNotContain("CLIENT ", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_certificate_of_another_authority_is_unknown_ca_even_where_none_is_needed(string version)
    {
        using var other = TestAuthority.Create("Latchkey test clients");
        await RefusedAsync(ClientSite.Options(ClientCertificateMode.Request), version, other.IssueClient("alice"), "alert unknown ca");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_expired_certificate_is_certificate_expired(string version) =>
        await RefusedAsync(ClientSite.Options(ClientCertificateMode.Require), version, ClientSite.Authority.IssueExpiredClient("alice"), "alert certificate expired");

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_servers_certificate_is_unsupported_certificate(string version) =>
        await RefusedAsync(ClientSite.Options(ClientCertificateMode.Require), version, ClientSite.Authority.IssueServer(TestKey.EcdsaP256, "alice.test"), "alert unsupported certificate");

    /// <summary>Found by the runner's tests ECDSAKeyUsage-Server and RSAKeyUsage-Server: the chain was judged, its usage for signatures was not.</summary>
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_key_that_is_only_for_encipherment_is_unsupported_certificate(string version) =>
        await RefusedAsync(ClientSite.Options(ClientCertificateMode.Require), version, ClientSite.Authority.IssueEnciphermentClient("alice"), "alert unsupported certificate");

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_revoked_certificate_is_certificate_revoked_and_its_neighbour_is_not(string version)
    {
        var (revoked, other) = (ClientSite.Authority.IssueClient("mallory"), ClientSite.Authority.IssueClient("alice"));
        var options = ClientSite.Options(ClientCertificateMode.Require, new RevocationLists([ClientSite.Authority.RevocationList(revoked)], ClientSite.Authorities()));
        await RefusedAsync(options, version, revoked, "alert certificate revoked");
        Assert.Contains("CLIENT CN=alice", await ClientSite.ConnectAsync(options, version, other), StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(TlsServerOptions options, string version, TestCertificate certificate, string alert)
    {
        var output = await ClientSite.ConnectAsync(options, version, certificate);
        Assert.Contains(alert, output, StringComparison.Ordinal);
        Assert.DoesNotContain("CLIENT ", output, StringComparison.Ordinal);
    }
}
