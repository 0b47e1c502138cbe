using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary>An nginx or HAProxy that has the site's key, and beside it <c>latchkey tickets export</c>, which it has its ticket keys from.</summary>
internal sealed class ForeignServer : IAsyncDisposable
{
    public const string Answer = "hello from another server";

    private readonly MemoryFolder _folder;
    private readonly ChildProcess _server;

    private ForeignServer(MemoryFolder folder, ChildProcess server, ChildProcess export, int port)
    {
        _folder = folder;
        _server = server;
        Export = export;
        Port = port;
    }

    public int Port { get; }

    public ChildProcess Export { get; }

    public static async Task<ForeignServer> StartNginxAsync(KeylessDeployment deployment)
    {
        var program = Tool.SkipUnless("nginx");
        var folder = new MemoryFolder();
        var keys = folder.File("keys");
        var export = await ExportAsync(deployment, "nginx", keys, "--pid-file", folder.File("nginx.pid"));
        var port = FreePort.Next();
        var (certificate, key) = WriteSite(deployment, folder);
        await File.WriteAllTextAsync(folder.File("nginx.conf"), $$"""
            daemon off; worker_processes 1; pid {{folder.File("nginx.pid")}}; error_log stderr;
            events { worker_connections 512; }
            http {
              access_log off; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_timeout 1h;
              include {{keys}}/ticket-keys.conf;
              server { listen 127.0.0.1:{{port}} ssl; ssl_certificate {{certificate}}; ssl_certificate_key {{key}}; location / { return 200 "{{Answer}}"; } }
            }
            """);
        var nginx = ChildProcess.Start(program, ["-c", folder.File("nginx.conf"), "-p", folder.Path, "-e", "stderr"]);
        return await new ForeignServer(folder, nginx, export, port).ListensAsync();
    }

    public static async Task<ForeignServer> StartHAProxyAsync(KeylessDeployment deployment)
    {
        var program = Tool.SkipUnless("haproxy");
        var folder = new MemoryFolder();
        var keys = folder.File("ticket.keys");
        var socket = folder.File("admin.sock");
        var export = await ExportAsync(deployment, "haproxy", keys, "--socket", socket);
        var port = FreePort.Next();
        var (certificate, key) = WriteSite(deployment, folder);
        await File.WriteAllTextAsync(folder.File("both.pem"), await File.ReadAllTextAsync(certificate) + await File.ReadAllTextAsync(key));
        await File.WriteAllTextAsync(folder.File("haproxy.cfg"), $"""
            global
              stats socket {socket} mode 600 level admin
              tune.ssl.cachesize 0
            defaults
              mode http
              timeout connect 10s
              timeout client 10s
              timeout server 10s
            frontend sites
              bind 127.0.0.1:{port} ssl crt {folder.File("both.pem")} ssl-min-ver TLSv1.2 tls-ticket-keys {keys}
              http-request return status 200 content-type text/plain string "{Answer}"

            """);
        var haproxy = ChildProcess.Start(program, ["-db", "-f", folder.File("haproxy.cfg")]);
        return await new ForeignServer(folder, haproxy, export, port).ListensAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Export.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<ChildProcess> ExportAsync(KeylessDeployment deployment, string format, string to, params string[] tell)
    {
        var export = ChildProcess.Start(
            LatchkeyProgram.Path,
            ["tickets", "export", "--config", "edge.json", "--site", deployment.Sites[0].Host, "--format", format, "--to", to, .. tell],
            deployment.Files.Edge);
        await export.WaitForLineAsync("ready tickets ");
        // A busy machine's key server may not have given keys within the export's patience.
        if (export.Errors.Contains(" 5133 ", StringComparison.Ordinal))
            await export.WaitForLineAsync(" 5134 ");
        return export;
    }

    private static (string Certificate, string Key) WriteSite(KeylessDeployment deployment, MemoryFolder folder)
    {
        var site = deployment.Files.CertificateOf(deployment.Sites[0]);
        return (site.WriteCertificate(folder.Path, "site"), site.WriteKey(folder.Path, "site"));
    }

    private async Task<ForeignServer> ListensAsync()
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return this;
            }
            catch (SocketException) when (patience.Elapsed < ChildProcess.Patience && !_server.HasExited)
            {
            }
            catch (SocketException)
            {
                var said = string.Join('\n', _server.Lines);
                await DisposeAsync();
                throw new TimeoutException($"It does not listen:\n{said}");
            }
        }
    }
}
