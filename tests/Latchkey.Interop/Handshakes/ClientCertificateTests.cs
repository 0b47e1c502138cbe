using Latchkey.Interop.Clients;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>Client certificates, from clients of four libraries through the edge to the origin.</summary>
[Trait("Catalogue", "G1")]
public sealed class ClientCertificateTests(ClientCertificateSites clients) : IClassFixture<ClientCertificateSites>
{
    public static TheoryData<string> Versions => ["1.2", "1.3"];

    [Theory]
    [InlineData("required", "1.2", "alice")]
    [InlineData("required", "1.3", "alice")]
    [InlineData("required", "1.2", "rsa")]
    [InlineData("required", "1.3", "rsa")]
    [InlineData("requested", "1.2", "alice")]
    [InlineData("requested", "1.3", "alice")]
    [InlineData("rsakx", "1.2", "alice")]
    [InlineData("premaster", "1.2", "alice")]
    [InlineData("premaster", "1.3", "alice")]
    [InlineData("handshake", "1.2", "alice")]
    [InlineData("handshake", "1.3", "alice")]
    [InlineData("exchange", "1.2", "alice")]
    [InlineData("exchange", "1.3", "alice")]
    [InlineData("master-secret", "1.2", "alice")]
    [InlineData("master-secret", "1.3", "alice")]
    [InlineData("session-keys", "1.2", "alice")]
    [InlineData("session-keys", "1.3", "alice")]
    public async Task OpenSsl_shows_who_it_is(string site, string version, string client) =>
        AssertSeen(client, (await OpenSslAsync(site, version, client)).Succeeded().Output);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task GnuTls_shows_who_it_is(string version)
    {
        var result = await GnuTlsClient.RunAsync(
            clients.Sites, "required.example.test", $"NORMAL:-VERS-ALL:+VERS-TLS{version}", Request("required"), "--x509certfile", clients.FileOf("alice"), "--x509keyfile", clients.KeyOf("alice"));
        AssertSeen("alice", result.Succeeded().Output);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Curl_shows_who_it_is(string version)
    {
        var result = await CurlClient.RunAsync(
            clients.Sites, "required.example.test", "/client", [$"--tlsv{version}", "--tls-max", version, "--cert", clients.FileOf("alice"), "--key", clients.KeyOf("alice")]);
        AssertSeen("alice", result.Succeeded().Output);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Nss_shows_who_it_is(string version)
    {
        Tool.SkipUnless("tstclnt", "certutil");
        using var folder = new TemporaryFolder();
        var database = await NssDatabase.CreateAsync(folder.Path, clients.Sites.CaFile);
        await NssDatabase.AddClientAsync(database, "alice", clients.FileOf("alice"), clients.KeyOf("alice"));
        var request = folder.Write("request", Request("required"));
        var result = await ChildProcess.RunAsync(
            "tstclnt",
            ["-h", "127.0.0.1", "-a", "required.example.test", "-p", $"{clients.Sites.Port}", "-d", database, "-n", "alice", "-V", $"tls{version}:tls{version}", "-A", request, "-4"],
            input: "");
        AssertSeen("alice", result.Succeeded().All);
    }

    [Theory]
    [InlineData("required", "1.2", null, 40)]
    [InlineData("required", "1.3", null, 116)]
    [InlineData("required", "1.2", "stranger", 48)]
    [InlineData("required", "1.3", "stranger", 48)]
    [InlineData("required", "1.3", "expired", 45)]
    [InlineData("required", "1.2", "revoked", 44)]
    [InlineData("required", "1.3", "revoked", 44)]
    [InlineData("required", "1.3", "server", 43)]
    [InlineData("requested", "1.2", "stranger", 48)]
    [InlineData("requested", "1.3", "expired", 45)]
    public async Task The_client_learns_why_it_is_refused(string site, string version, string? client, int alert)
    {
        var result = await OpenSslAsync(site, version, client);
        Assert.Contains($"SSL alert number {alert}\n", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Where_one_is_only_requested_a_client_may_go_without_and_claim_nothing(string version)
    {
        var result = await CurlClient.RunAsync(
            clients.Sites, "requested.example.test", "/client", [$"--tlsv{version}", "--tls-max", version, "-H", "Client-Cert: :AAAA:", "-H", "Client_Cert: :AAAA:"]);
        Assert.Equal("nobody\n", result.Succeeded().Output);
    }

    // With session-keys it is the key server that remembers who the client is.
    [Theory]
    [InlineData("required", "1.2")]
    [InlineData("required", "1.3")]
    [InlineData("session-keys", "1.2")]
    [InlineData("session-keys", "1.3")]
    [Trait("Catalogue", "R4")]
    public async Task A_session_goes_on_as_the_same_client(string site, string version)
    {
        using var folder = new TemporaryFolder();
        (await OpenSslAsync(site, version, "alice", "-sess_out", folder.File("session"))).Succeeded();
        var resumed = await OpenSslAsync(site, version, null, "-sess_in", folder.File("session"));
        Assert.Contains("Reused, TLSv1", resumed.Succeeded().Output, StringComparison.Ordinal);
        AssertSeen("alice", resumed.Output);
    }

    private Task<ChildResult> OpenSslAsync(string site, string version, string? client, params string[] options) => OpenSslClient.RunAsync(
        clients.Sites,
        $"{site}.example.test",
        [
            version == "1.2" ? "-tls1_2" : "-tls1_3",
            .. site == "rsakx" ? ["-cipher", "AES128-GCM-SHA256"] : Array.Empty<string>(),
            .. options,
            .. client is null ? [] : new[] { "-cert", clients.FileOf(client), "-key", clients.KeyOf(client) },
        ],
        Request(site));

    private static string Request(string site) => $"GET /client HTTP/1.1\r\nHost: {site}.example.test\r\nConnection: close\r\n\r\n";

    private void AssertSeen(string client, string output) =>
        Assert.Contains($":{Convert.ToBase64String(clients.CertificateOf(client))}:\n", output.Replace("\r", "", StringComparison.Ordinal), StringComparison.Ordinal);
}
