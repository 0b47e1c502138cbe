using System.Net;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore.Tests.Harness;

/// <summary>An ASP.NET Core application on a free loopback port, for <c>example.test</c>, whose key a test can switch.</summary>
internal sealed class KeylessApplication : IAsyncDisposable
{
    private readonly WebApplication _application;

    private KeylessApplication(WebApplication application, SwitchableKey key, TlsMetrics metrics, CapturedLog log, int port)
    {
        (_application, Key, Metrics, Log, Port) = (application, key, metrics, log, port);
    }

    public static TestAuthority Authority { get; } = TestAuthority.Create();

    public static TestCertificate Certificate { get; } = Authority.IssueServer(TestKey.EcdsaP256, "example.test");

    public SwitchableKey Key { get; }

    public TlsMetrics Metrics { get; }

    public CapturedLog Log { get; }

    public int Port { get; }

    /// <param name="answer">The application.</param>
    /// <param name="listening">Replaces <c>UseKeylessHttps(options)</c>.</param>
    public static async Task<KeylessApplication> StartAsync(
        RequestDelegate answer,
        TlsLimits? limits = null,
        TlsVersion version = TlsVersion.Tls13,
        Action<ListenOptions, TlsServerOptions>? listening = null,
        Action<WebApplication>? configure = null)
    {
        var log = new CapturedLog();
        var metrics = new TlsMetrics();
        var key = new SwitchableKey(CryptoProvider.Default.ImportPrivateKey(Certificate.PrivateKey));
        var options = new TlsServerOptions { Sites = Site(key, version), Limits = limits ?? new TlsLimits() };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        builder.Services.AddSingleton(metrics);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => (listening ?? ((l, o) => l.UseKeylessHttps(o)))(listen, options));
        });
        var application = builder.Build();
        configure?.Invoke(application);
        application.Run(answer);
        await application.StartAsync(TestContext.Current.CancellationToken);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new KeylessApplication(application, key, metrics, log, new Uri(address).Port);
    }

    public Task StopAsync() => _application.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var at_once = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _application.StopAsync(at_once.Token);
        await _application.DisposeAsync();
        Metrics.Dispose();
    }

    private static SiteTable Site(IHandshakeKey key, TlsVersion version)
    {
        var site = new TlsSite
        {
            Name = "example.test",
            Certificates = [TlsCertificate.FromPem(Certificate.ChainPem, CryptoProvider.Default, new SignatureCustody("signature", key))],
            ApplicationProtocols = ["h2", "http/1.1"],
            MaxVersion = version,
        };
        return new SiteTable([new("example.test", site)]);
    }
}
