using System.Text;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>
/// nginx with the keys at hand, in place of the edge: shows that a client's test is right before it is held against us.
/// Set LATCHKEY_INTEROP_STAND_IN=nginx to run the clients' tests against it.
/// </summary>
internal sealed class NginxStandIn : ServedSites
{
    private readonly ChildProcess _nginx;
    private readonly Origin _origin;

    private NginxStandIn(DeploymentFiles files, IReadOnlyList<SitePlan> sites, Origin origin, int port, ChildProcess nginx)
    {
        Files = files;
        Sites = sites;
        _origin = origin;
        Port = port;
        _nginx = nginx;
    }

    public override int Port { get; }

    public override DeploymentFiles Files { get; }

    public override IReadOnlyList<SitePlan> Sites { get; }

    public static async Task<NginxStandIn> StartAsync(DeploymentPlan plan)
    {
        var files = new DeploymentFiles(plan);
        var origin = await Origin.StartAsync();
        var port = FreePort.Next();
        var configuration = Path.Combine(files.Folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configure(plan, files, origin, port));
        var nginx = ChildProcess.Start(Tool.SkipUnless("nginx"), ["-c", configuration, "-p", files.Folder, "-e", "stderr"]);
        await Task.Delay(500);
        return new NginxStandIn(files, plan.Sites, origin, port, nginx);
    }

    public override async ValueTask DisposeAsync()
    {
        await _nginx.DisposeAsync();
        await _origin.DisposeAsync();
        Files.Dispose();
    }

    private static string Configure(DeploymentPlan plan, DeploymentFiles files, Origin origin, int port)
    {
        var text = new StringBuilder($$"""
            daemon off; master_process off; worker_processes 1; pid {{files.Folder}}/nginx.pid; error_log stderr;
            events { worker_connections 1024; }
            http { access_log off; ssl_protocols TLSv1.2 TLSv1.3; client_max_body_size 0; server_names_hash_bucket_size 128;
              ssl_session_tickets off; ssl_ciphers ALL;

            """);
        foreach (var site in plan.Sites)
        {
            text.Append($$"""  server { listen 127.0.0.1:{{port}} ssl http2; server_name {{site.Host}}; """);
            for (var i = 0; i < site.Keys.Length; i++)
            {
                var certificate = Path.Combine(files.Edge, site.FileOf(i) + ".pem");
                var key = files.CertificateOf(site, i).WriteKey(Path.Combine(files.Folder, "nginx-keys"), site.FileOf(i));
                text.Append($"ssl_certificate {certificate}; ssl_certificate_key {key}; ");
            }

            text.Append($$"""location / { proxy_pass {{origin.Address}}; proxy_set_header Host $host; } }""").Append('\n');
        }

        return text.Append("}\n").ToString();
    }
}
