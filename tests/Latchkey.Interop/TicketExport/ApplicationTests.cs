using System.Diagnostics;
using System.Net;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Interop.TicketExport;

/// <summary>An application on Kestrel that has its private key, and an edge that does not: both have the site's ticket keys.</summary>
[Trait("Catalogue", "R5")]
public sealed class ApplicationTests
{
    private const string Answer = "hello from the application";

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_session_of_the_edge_goes_on_at_the_application_and_back(string version)
    {
        await using var deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("site", TestKey.EcdsaP256) { Settings = """{ "resumption": { "tickets": "ticket-key", "sessionIds": "off" } }""" }],
        });
        await using var application = await StartAsync(deployment);
        var port = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        var host = deployment.Sites[0].Host;
        await TicketsAsync(deployment.Port, host, version);
        await TicketsAsync(port, host, version);

        using var client = new ReconnectingClient(version);
        Assert.False(client.Visit(deployment.Port, host).Resumed);
        for (var i = 0; i < 6; i++)
        {
            var (resumed, answer) = client.Visit(i % 2 == 0 ? port : deployment.Port, host);
            Assert.True(resumed, $"reconnect {i + 1}");
            Assert.Contains(i % 2 == 0 ? Answer : Origin.Greeting, answer, StringComparison.Ordinal);
        }
    }

    private static async Task<WebApplication> StartAsync(KeylessDeployment deployment)
    {
        var files = deployment.Files;
        var key = files.CertificateOf(deployment.Sites[0]).WriteKey(files.Folder, "application");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseKeylessHttps(o =>
        {
            o.CertificatePath = Path.Combine(files.Edge, "site.pem");
            o.Key = "file:" + key;
            o.TicketKeysFrom(deployment.KeyServer.Endpoint.ToString(), Path.Combine(files.Edge, "edge.pem"), Path.Combine(files.Edge, "edge.key"), Path.Combine(files.Edge, "ca.pem"));
        })));
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync(Answer));
        await application.StartAsync();
        return application;
    }

    /// <summary>The keys come a moment after the start; on a busy machine the edge's connection to the key server, too.</summary>
    private static async Task TicketsAsync(int port, string host, string version)
    {
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < ChildProcess.Patience; await Task.Delay(100))
        {
            try
            {
                using var client = new ReconnectingClient(version);
                client.Visit(port, host);
                if (client.TicketName is not null && client.Visit(port, host).Resumed)
                    return;
            }
            catch (InvalidOperationException)
            {
            }
        }

        Assert.Fail($"No tickets from port {port}.");
    }
}
