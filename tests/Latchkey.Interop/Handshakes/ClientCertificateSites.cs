using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>Sites that ask their clients who they are, and what those clients show.</summary>
public sealed class ClientCertificateSites : IAsyncLifetime
{
    private readonly TestAuthority _authority = TestAuthority.Create("Latchkey test clients");
    private readonly TestAuthority _stranger = TestAuthority.Create("Latchkey test clients");
    private readonly TemporaryFolder _clients = new();

    public KeylessDeployment Sites { get; private set; } = null!;

    /// <summary>Path of a client's certificate; its key lies beside it, as <c>.key</c>.</summary>
    public string FileOf(string client) => _clients.File(client + ".pem");

    public string KeyOf(string client) => _clients.File(client + ".key");

    public byte[] CertificateOf(string client) => Convert.FromBase64String(
        string.Concat(File.ReadAllLines(FileOf(client)).Skip(1).TakeWhile(line => !line.StartsWith('-'))));

    public async ValueTask InitializeAsync()
    {
        var revoked = _authority.IssueClient("revoked");
        _authority.IssueClient("alice").Write(_clients.Path, "alice");
        _authority.IssueClient("alice", TestKey.Rsa2048).Write(_clients.Path, "rsa");
        _authority.IssueExpiredClient("expired").Write(_clients.Path, "expired");
        _authority.IssueServer(TestKey.EcdsaP256, "server").Write(_clients.Path, "server");
        _stranger.IssueClient("alice").Write(_clients.Path, "stranger");
        revoked.Write(_clients.Path, "revoked");
        const string settings = """{ "clientCertificates": { "mode": "MODE", "ca": "clients.pem", "revocation": ["clients.crl"] } }""";
        var required = settings.Replace("MODE", "require", StringComparison.Ordinal);
        Sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites =
            [
                new("required", TestKey.EcdsaP256) { Settings = required },
                new("requested", TestKey.EcdsaP256) { Settings = settings.Replace("MODE", "request", StringComparison.Ordinal) },
                new("rsakx", TestKey.Rsa2048) { Profile = "compatible", Settings = required },
                .. new[] { "premaster", "exchange", "master-secret", "session-keys", "handshake" }.Select(custody => new SitePlan(custody, TestKey.EcdsaP256)
                {
                    Custody = custody,
                    RawOperations = custody == "premaster",
                    Settings = required,
                }),
            ],
            Change = files =>
            {
                _authority.Write(files.Edge, "clients");
                File.WriteAllBytes(Path.Combine(files.Edge, "clients.crl"), _authority.RevocationList(revoked));
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Sites.DisposeAsync();
        _clients.Dispose();
        _authority.Dispose();
        _stranger.Dispose();
    }
}
