using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.FileProviders;

namespace Latchkey.Bench.Servers;

/// <summary>Kestrel with its own SslStream and static files: what a .NET developer has without Latchkey.</summary>
internal static class KestrelBaseline
{
    public static async Task RunAsync(string[] args)
    {
        var (port, certificate, key, web) = (int.Parse(args[0], CultureInfo.InvariantCulture), args[1], args[2], args[3]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key), https => https.OnAuthenticate = (_, ssl) => ssl.AllowTlsResume = false);
        }));
        await using var app = builder.Build();
        var files = new PhysicalFileProvider(web);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files });
        await app.RunAsync();
    }
}
