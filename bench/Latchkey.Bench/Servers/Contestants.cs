using System.Globalization;
using System.Text.Json;

namespace Latchkey.Bench.Servers;

/// <summary>Starts each server under test with one kind of certificate; two workers where there is a choice, as the machine has two cores.</summary>
internal sealed class Contestants(Site site, BenchOptions options)
{
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public static IReadOnlyList<string> Names { get; } = ["nginx, local key", "Kestrel/SslStream, local key", "Latchkey, local key", "Latchkey, remote key"];

    /// <summary>The server, then the key server where there is one. The caller disposes both.</summary>
    public async Task<IReadOnlyList<ServerProcess>> StartAsync(string name, string kind) => name switch
    {
        "nginx, local key" => [await NginxAsync(name, kind)],
        "Kestrel/SslStream, local key" => [await KestrelAsync(name, kind)],
        "Latchkey, local key" => [await EdgeAsync(name, new { names = new[] { Site.HostName }, certificate = site.Certificate(kind), key = site.Key(kind), resumption = false, upstream = "file:" + site.Web })],
        _ => await RemoteAsync(name, kind),
    };

    public async Task<ServerProcess> KeyServerAsync(string kind)
    {
        var port = Site.FreePort();
        var file = Path.Combine(site.Folder, $"keyserver-{port}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            listen = $"127.0.0.1:{port}",
            certificate = site.Link("ks.pem"),
            key = site.Link("ks.key"),
            clientCa = site.Link("ca.pem"),
            keys = new[] { new { path = Path.GetDirectoryName(site.Key(kind)), rawOperations = true } },
        }));
        return await ServerProcess.StartAsync("key server", port, options.Latchkey, "keyserver", "--config", file);
    }

    public string WriteEdgeConfiguration(int port, int keyServerPort, object siteEntry)
    {
        var file = Path.Combine(site.Folder, $"edge-{port}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            listen = new[] { $"127.0.0.1:{port}" },
            defaultSite = Site.HostName,
            keyServers = keyServerPort == 0 ? null : new
            {
                home = new
                {
                    endpoints = new[] { $"127.0.0.1:{keyServerPort}" },
                    certificate = site.Link("edge.pem"),
                    key = site.Link("edge.key"),
                    ca = site.Link("ca.pem"),
                },
            },
            sites = new[] { siteEntry },
        }, WithoutNulls));
        return file;
    }

    public object RemoteSite(string kind) => new
    {
        names = new[] { Site.HostName },
        certificate = site.Certificate(kind),
        keyServer = "home",
        custody = "signature",
        resumption = false,
        upstream = "file:" + site.Web,
    };

    private async Task<IReadOnlyList<ServerProcess>> RemoteAsync(string name, string kind)
    {
        var keyServer = await KeyServerAsync(kind);
        return [await EdgeAsync(name, RemoteSite(kind), keyServer.Port), keyServer];
    }

    private async Task<ServerProcess> EdgeAsync(string name, object siteEntry, int keyServerPort = 0)
    {
        var port = Site.FreePort();
        return await ServerProcess.StartAsync(name, port, options.Latchkey, "edge", "--config", WriteEdgeConfiguration(port, keyServerPort, siteEntry));
    }

    private static string SelfDll => Path.Combine(AppContext.BaseDirectory, "latchkey-bench.dll");

    private async Task<ServerProcess> KestrelAsync(string name, string kind)
    {
        var port = Site.FreePort();
        return await ServerProcess.StartAsync(name, port, "dotnet", SelfDll, "serve-kestrel", port.ToString(CultureInfo.InvariantCulture), site.Certificate(kind), site.Key(kind), site.Web);
    }

    private async Task<ServerProcess> NginxAsync(string name, string kind)
    {
        var port = Site.FreePort();
        var prefix = Path.Combine(site.Folder, $"nginx-{port}");
        Directory.CreateDirectory(prefix);
        var file = Path.Combine(prefix, "nginx.conf");
        // No session cache and no tickets: every handshake of every contestant is a full one.
        await File.WriteAllTextAsync(file, $$"""
            daemon off; worker_processes 2; pid {{prefix}}/nginx.pid; error_log {{prefix}}/error.log;
            events { worker_connections 4096; }
            http {
                access_log off; sendfile on; keepalive_requests 1000000000; client_body_temp_path {{prefix}}/b; proxy_temp_path {{prefix}}/p;
                fastcgi_temp_path {{prefix}}/f; uwsgi_temp_path {{prefix}}/u; scgi_temp_path {{prefix}}/s;
                server {
                    listen 127.0.0.1:{{port}} ssl; ssl_certificate {{site.Certificate(kind)}}; ssl_certificate_key {{site.Key(kind)}};
                    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off; root {{site.Web}};
                }
            }
            """);
        return await ServerProcess.StartAsync(name, port, "/usr/sbin/nginx", "-p", prefix, "-c", file);
    }
}
