using System.Net;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Tests.Edge;

/// <summary>What an edge's owner has behind it: a web server of another make, in this process.</summary>
internal sealed class WebOrigin : IAsyncDisposable
{
    private readonly WebApplication _application;

    private WebOrigin(WebApplication application, string address) => (_application, Address) = (application, address);

    /// <summary><c>http://127.0.0.1:port</c> or <c>https://…</c>.</summary>
    public string Address { get; }

    /// <param name="certificate">For https.</param>
    public static async Task<WebOrigin> StartAsync(RequestDelegate answer, TestCertificate? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null)
                    listen.UseHttps(certificate.WithPrivateKey());
            });
        });
        var application = builder.Build();
        application.UseWebSockets();
        application.Run(answer);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new WebOrigin(application, application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async ValueTask DisposeAsync()
    {
        using var at_once = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _application.StopAsync(at_once.Token);
        await _application.DisposeAsync();
    }
}
