using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Testing;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Clients;

/// <summary>The site <c>example.test</c>, which asks its clients for certificates of an authority of their own.</summary>
internal static class ClientSite
{
    public static TestAuthority Authority { get; } = TestAuthority.Create("Latchkey test clients");

    public static TlsServerOptions Options(ClientCertificateMode mode, RevocationLists? revocation = null) =>
        Options(new ClientCertificates { Mode = mode, Verifier = new TrustedAuthorities(Authorities(), revocation) });

    /// <param name="tickets">Where sessions are kept; null: none are.</param>
    public static TlsServerOptions Options(ClientCertificates? asked, SessionStore? tickets = null) => new()
    {
        Sites = new SiteTable([], new TlsSite
        {
            Name = "example.test",
            Certificates = [Certificate],
            ClientCertificates = asked,
            Resumption = tickets is null ? null : new ResumptionOptions { Tickets = tickets },
        }),
    };

    private static TlsCertificate Certificate { get; } = Tls12Site.Load(TestSite.Ecdsa);

    public static X509Certificate2Collection Authorities() => [X509CertificateLoader.LoadCertificate(Authority.Certificate)];

    /// <summary>Runs openssl s_client with a certificate (null: none) and returns all it said, "CLIENT" and the subject that the server saw included.</summary>
    public static async Task<string> ConnectAsync(TlsServerOptions options, string version, TestCertificate? certificate, string arguments = "")
    {
        var openssl = Tool.SkipUnless("openssl");
        await using var server = new LoopbackServer(options, AnswerAsync);
        using var folder = new TemporaryFolder();
        if (certificate is not null)
        {
            certificate.Write(folder.Path, "client");
            arguments += $" -cert {folder.Path}/client.pem -key {folder.Path}/client.key";
            if (certificate.Intermediates.Count > 0)
                arguments += $" -cert_chain {folder.Write("above.pem", string.Concat(certificate.Intermediates.Select(der => X509CertificateLoader.LoadCertificate(der).ExportCertificatePem() + "\n")))}";
        }

        var result = await ChildProcess.RunAsync(
            openssl, $"s_client -connect 127.0.0.1:{server.Port} {version} -servername example.test -ign_eof {arguments}".Split(' ', StringSplitOptions.RemoveEmptyEntries), "hello\n");
        return result.All + string.Join('\n', server.Failures.Select(failure => failure.Message));
    }

    private static async Task AnswerAsync(TlsServerConnection connection)
    {
        var read = await connection.Application.Input.ReadAsync();
        connection.Application.Input.AdvanceTo(read.Buffer.End);
        var chain = connection.Info.ClientCertificates;
        using var certificate = chain.Count == 0 ? null : X509CertificateLoader.LoadCertificate(chain[0].Span);
        var how = connection.Info.Resumed is null ? "" : " resumed";
        connection.Application.Output.Write(Encoding.ASCII.GetBytes($"CLIENT {certificate?.Subject ?? "nobody"} of {chain.Count}{how}\n"));
        await connection.Application.Output.FlushAsync();
    }
}
