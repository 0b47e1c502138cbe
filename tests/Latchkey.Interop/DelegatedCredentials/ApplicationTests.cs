using System.Net;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;
using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Interop.DelegatedCredentials;

/// <summary>An application on Kestrel that serves delegated credentials.</summary>
[Trait("Catalogue", "X6")]
public sealed class ApplicationTests
{
    [Fact]
    public async Task An_application_serves_clients_that_know_them_though_its_key_server_has_gone()
    {
        var firefox = new NssClient(offersDelegatedCredentials: true);
        Tool.SkipUnless(firefox.Programs);
        await using var deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            KeySettings = """{ "rules": [ { "edges": ["edge.test"], "operations": ["standard", "delegated-credential"], "delegatedCredentialSeconds": 600 } ] }""",
            Sites = [new("site", TestKey.EcdsaP256) { Delegates = true }],
        });
        await using var application = await StartAsync(deployment);
        var sites = new Application(deployment, new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port);
        var host = deployment.Sites[0].Host;
        // Asked until the credential is there, a moment after the start.
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (!(await firefox.VisitAsync(sites, host, "1.3", "/")).Body.Contains("by a delegated credential", StringComparison.Ordinal))
            await Task.Delay(50, patience.Token);
        Assert.Contains("by the certificate's key", (await new NssClient().VisitAsync(sites, host, "1.3", "/")).Body, StringComparison.Ordinal);

        Assert.Equal(0, await deployment.KeyServer.StopAsync());

        Assert.Contains("by a delegated credential", (await firefox.VisitAsync(sites, host, "1.3", "/")).Body, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => new NssClient().VisitAsync(sites, host, "1.3", "/"));
    }

    private static async Task<WebApplication> StartAsync(KeylessDeployment deployment)
    {
        var files = deployment.Files;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseKeylessHttps(o =>
        {
            o.CertificatePath = Path.Combine(files.Edge, "site.pem");
            o.KeyServer(deployment.KeyServer.Endpoint.ToString(), Path.Combine(files.Edge, "edge.pem"), Path.Combine(files.Edge, "edge.key"), Path.Combine(files.Edge, "ca.pem"));
            o.DelegatedCredentials(TimeSpan.FromMinutes(10));
        })));
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync(
            context.Features.Get<IKeylessHandshakeFeature>()!.Handshake.DelegatedCredential is null ? "signed by the certificate's key" : "signed by a delegated credential"));
        await application.StartAsync();
        return application;
    }

    /// <summary>The deployment's sites as the application serves them.</summary>
    private sealed class Application(KeylessDeployment deployment, int port) : ServedSites
    {
        public override int Port => port;

        public override DeploymentFiles Files => deployment.Files;

        public override IReadOnlyList<SitePlan> Sites => deployment.Sites;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
