using System.Net;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Tests.Edge;

/// <summary>Who the client is, from its certificate to the origin (RFC 9440).</summary>
[Trait("Catalogue", "G1")]
public sealed class ClientCertificateTests
{
    private static readonly TestCertificate Alice = EdgeUnderTest.ClientAuthority.IssueClient("alice");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory, MemberData(nameof(Versions))]
    public async Task The_origin_is_told_the_certificate(string version)
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(new { ca = "clients.pem" }, ("example.test", origin.Address));
        using var http = edge.Http("example.test", Version.Parse(version), Alice);

        Assert.Equal($"Client-Cert: :{Convert.ToBase64String(Alice.Certificate)}:", await http.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task The_chain_is_told_where_configured()
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(new { ca = "clients.pem", header = "chain" }, ("example.test", origin.Address));
        using var intermediate = EdgeUnderTest.ClientAuthority.CreateIntermediate();
        var bob = intermediate.IssueClient("bob");
        using var http = edge.Http("example.test", client: bob);

        Assert.Equal(
            $"Client-Cert: :{Convert.ToBase64String(bob.Certificate)}:\nClient-Cert-Chain: :{Convert.ToBase64String(bob.Intermediates[0])}:",
            await http.GetStringAsync("/", Token));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("request")]
    public async Task What_a_client_claims_in_these_headers_never_arrives(string? mode)
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(mode is null ? null : new { mode, ca = "clients.pem" }, ("example.test", origin.Address));
        using var http = edge.Http("example.test");
        foreach (var name in new[] { "Client-Cert", "client-cert-chain", "Client_Cert", "CLIENT_CERT_CHAIN", "Client-Cert_Chain" })
            http.DefaultRequestHeaders.Add(name, ":AAAA:");

        Assert.Equal("", await http.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task Header_none_leaves_it_at_the_handshake()
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(new { ca = "clients.pem", header = "none" }, ("example.test", origin.Address));
        using var http = edge.Http("example.test", client: Alice);

        Assert.Equal("", await http.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task A_client_without_one_is_refused_where_it_is_required()
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(new { ca = "clients.pem" }, ("example.test", origin.Address));
        using var http = edge.Http("example.test");

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task A_certificate_on_the_revocation_list_is_refused()
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        var mallory = EdgeUnderTest.ClientAuthority.IssueClient("mallory");
        await File.WriteAllBytesAsync(edge.Folder.File("clients.crl"), EdgeUnderTest.ClientAuthority.RevocationList(mallory), Token);
        edge.Change("example.test", origin.Address, new { ca = "clients.pem", revocation = new[] { "clients.crl" } });
        await edge.ReloadAsync();

        using (var http = edge.Http("example.test", client: mallory))
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/", Token));
        using (var http = edge.Http("example.test", client: Alice))
            Assert.StartsWith("Client-Cert: ", await http.GetStringAsync("/", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_from_before_a_certificate_was_required_is_sent_away()
    {
        await using var origin = await StartOriginAsync();
        await using var edge = await EdgeUnderTest.StartAsync(("example.test", origin.Address));
        using var http = edge.Http("example.test");
        Assert.Equal("", await http.GetStringAsync("/", Token));
        edge.Change("example.test", origin.Address, new { ca = "clients.pem" });
        await edge.ReloadAsync();

        using var answer = await http.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    private static Task<WebOrigin> StartOriginAsync() => WebOrigin.StartAsync(context => context.Response.WriteAsync(
        string.Join('\n', context.Request.Headers.Where(header => header.Key.StartsWith("Client", StringComparison.OrdinalIgnoreCase)).Select(header => $"{header.Key}: {header.Value}"))));
}
