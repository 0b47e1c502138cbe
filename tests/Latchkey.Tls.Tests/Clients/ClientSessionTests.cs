using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Tests.Tls13;

namespace Latchkey.Tls.Tests.Clients;

/// <summary>A session remembers who the client is, as long as the site would still believe it (R10).</summary>
[Trait("Catalogue", "G1")]
[Trait("Catalogue", "R10")]
public sealed class ClientSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryTickets _tickets = new();

    public static TheoryData<string> Versions => ["-tls1_2", "-tls1_3"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_resumed_session_has_its_clients_identity_without_a_certificate_shown(string version)
    {
        Assert.Contains("CLIENT CN=alice of 1\n", await FirstAsync(version, Requiring()), StringComparison.Ordinal);
        Assert.Contains("CLIENT CN=alice of 1 resumed\n", await AgainAsync(version, Requiring()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "alert handshake failure")]
    [InlineData("-tls1_3", "alert certificate required")]
    public async Task A_session_without_a_certificate_does_not_go_on_where_one_is_required_now(string version, string alert)
    {
        Assert.Contains("CLIENT nobody of 0\n", await FirstAsync(version, null, null), StringComparison.Ordinal);
        Assert.Contains(alert, await AgainAsync(version, Requiring()), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_site_that_does_not_ask_is_not_told_who_a_session_is_of(string version)
    {
        await FirstAsync(version, Requiring());
        Assert.Contains("CLIENT nobody of 0\n", await AgainAsync(version, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "alert handshake failure")]
    [InlineData("-tls1_3", "alert certificate required")]
    public async Task A_session_ends_with_the_trust_in_its_authority(string version, string alert)
    {
        await FirstAsync(version, Requiring());
        using var other = TestAuthority.Create("other clients");
        Assert.Contains(alert, await AgainAsync(version, Requiring(new TrustedAuthorities([X509CertificateLoader.LoadCertificate(other.Certificate)]))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "alert handshake failure")]
    [InlineData("-tls1_3", "alert certificate required")]
    public async Task A_session_ends_with_its_clients_revocation(string version, string alert)
    {
        await FirstAsync(version, Requiring());
        var lists = new RevocationLists([ClientSite.Authority.RevocationList(Alice)], ClientSite.Authorities());
        Assert.Contains(alert, await AgainAsync(version, Requiring(new TrustedAuthorities(ClientSite.Authorities(), lists))), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static TestCertificate Alice { get; } = ClientSite.Authority.IssueClient("alice");

    private static ClientCertificates Requiring(TrustedAuthorities? verifier = null) =>
        new() { Mode = ClientCertificateMode.Require, Verifier = verifier ?? new TrustedAuthorities(ClientSite.Authorities()) };

    private Task<string> FirstAsync(string version, ClientCertificates asked) => FirstAsync(version, asked, Alice);

    private Task<string> FirstAsync(string version, ClientCertificates? asked, TestCertificate? client) =>
        ClientSite.ConnectAsync(ClientSite.Options(asked, _tickets), version, client, $"-sess_out {_folder.File("session")}");

    private Task<string> AgainAsync(string version, ClientCertificates? asked) =>
        ClientSite.ConnectAsync(ClientSite.Options(asked, _tickets), version, null, $"-sess_in {_folder.File("session")}");
}
