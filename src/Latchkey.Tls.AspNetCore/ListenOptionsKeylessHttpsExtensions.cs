using Latchkey.Tls;
using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>The one line in Kestrel.</summary>
/// <remarks>
/// Leave <see cref="ListenOptions.Protocols"/> at its default: HTTP/2 is negotiated by ALPN all the same, and setting it makes Kestrel
/// warn that HTTP/2 is off, because it knows of no TLS but its own. For the same reason the address it logs begins with
/// <c>http://</c>.
/// </remarks>
public static class ListenOptionsKeylessHttpsExtensions
{
    /// <summary>
    /// Terminates TLS on this endpoint by the given engine options; several endpoints may share one object, and then share its limit of
    /// concurrent handshakes. The options and what they refer to stay the caller's to dispose.
    /// </summary>
    public static ListenOptions UseKeylessHttps(this ListenOptions listenOptions, TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(options);
        return listenOptions.UseKeylessHttps(options, EngineTls.Acceptor(options));
    }

    /// <summary>
    /// Terminates TLS on this endpoint for one site whose private key is at a key server. The connection to the key server is made
    /// at once, comes back by itself, and ends with the application.
    /// </summary>
    /// <example><code>
    /// kestrel.ListenAnyIP(443, listen => listen.UseKeylessHttps(o =>
    /// {
    ///     o.CertificatePath = "site.pem";
    ///     o.KeyServer("keys.example.com:2407", "edge.pem", "edge.key", "ca.pem");
    /// }));
    /// </code></example>
    /// <exception cref="InvalidOperationException">The options cannot be used; the message names the option or the file.</exception>
    public static ListenOptions UseKeylessHttps(this ListenOptions listenOptions, Action<KeylessHttpsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new KeylessHttpsOptions();
        configure(options);
        var services = listenOptions.ApplicationServices;
        var site = new KeylessHttpsSite(options, ApplicationProtocols(listenOptions.Protocols), services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(() => _ = site.DisposeAsync().AsTask());
        site.Start();
        return listenOptions.UseKeylessHttps(site.TlsOptions);
    }

    private static IReadOnlyList<string> ApplicationProtocols(HttpProtocols protocols)
    {
        var names = new List<string>(2);
        if (protocols.HasFlag(HttpProtocols.Http2))
            names.Add("h2");
        if (protocols.HasFlag(HttpProtocols.Http1))
            names.Add("http/1.1");
        return names;
    }

    internal static ListenOptions UseKeylessHttps(this ListenOptions listenOptions, TlsServerOptions options, TlsAcceptor acceptor)
    {
        var services = listenOptions.ApplicationServices;
        var metrics = services.GetService<TlsMetrics>() ?? TlsMetrics.Shared;
        var logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger<KeylessHttpsMiddleware>();
        listenOptions.Use(next => new KeylessHttpsMiddleware(next, acceptor, options.TimeProvider, metrics, logger).OnConnectionAsync);
        return listenOptions;
    }
}
