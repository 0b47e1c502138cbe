using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Links;
using Latchkey.Configuration;
using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Latchkey.Edge.Upstreams;

/// <summary>
/// Forwards HTTP requests by YARP's forwarder: streaming both ways, upgrades and WebSockets (also over HTTP/2), trailers. An
/// upstream that fails is answered by 502, one that is silent for too long by 504.
/// </summary>
internal sealed partial class HttpUpstream : Upstream
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Without a byte in either direction. Long enough for a slow report and for the usual heartbeats of event streams.</summary>
    private static readonly TimeSpan ActivityTimeout = TimeSpan.FromSeconds(120);

    private readonly string _site;
    private readonly Uri _address;
    private readonly string _prefix;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _client;
    private readonly ForwarderRequestConfig _request;
    private readonly LogThrottle _failures = new(TimeProvider.System, TimeSpan.FromSeconds(1));
    private readonly EdgeMetrics _metrics;
    private readonly ILogger _logger;

    /// <param name="client">From <see cref="CreateClient"/>. Never disposed: requests under way may outlive a reload, and without requests
    /// its connections time out.</param>
    public HttpUpstream(string site, UpstreamConfig.Http config, HttpMessageInvoker client, IHttpForwarder forwarder, EdgeMetrics metrics, ILogger logger)
    {
        _site = site;
        _address = config.Address;
        _prefix = config.Address.GetLeftPart(UriPartial.Path);
        _forwarder = forwarder;
        _metrics = metrics;
        _logger = logger;
        _client = client;
        // Cleartext HTTP/2 needs prior knowledge, which a URL does not give.
        var version = config.Address.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
        _request = new ForwarderRequestConfig { ActivityTimeout = ActivityTimeout, Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
    }

    public override async Task ServeRequestAsync(HttpContext context)
    {
        var error = await _forwarder.SendAsync(context, _prefix, _client, _request, ForwardedRequest.Instance, CancellationToken.None);
        if (error != ForwarderError.None)
            await ReportAsync(context, error);
    }

    private async Task ReportAsync(HttpContext context, ForwarderError error)
    {
        if (context.RequestAborted.IsCancellationRequested || IsClients(error))
            return;
        _metrics.UpstreamFailed(_site, error.ToString());
        var fault = context.GetForwarderErrorFeature()?.Exception;
        if (_failures.Allows(out var suppressed))
            LogUpstreamFailed(_site, _address, context.Request.Method, context.Request.Path, error, Reason(fault), suppressed);
        if (context.Response.HasStarted || context.Features.Get<IAnswerWatcher>()?.TakesOverFailure() == true)
            return;
        await (context.Response.StatusCode == StatusCodes.Status504GatewayTimeout
            ? StatusPage.WriteAsync(context, StatusCodes.Status504GatewayTimeout, "The site's server did not answer in time.")
            : StatusPage.WriteAsync(context, StatusCodes.Status502BadGateway, "The site's server could not be reached."));
    }

    private static bool IsClients(ForwarderError error) => error is
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient or
        ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient or
        ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeRequestClient or
        ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeResponseClient;

    private static string Reason(Exception? fault)
    {
        while (fault?.InnerException is { } inner)
            fault = inner;
        return fault?.Message.ReplaceLineEndings(" ") ?? "no reason given";
    }

    public static HttpMessageInvoker CreateClient(UpstreamConfig.Http config) => new(new SocketsHttpHandler
    {
        // An edge passes on what it is given: no proxy of its own, no redirects followed, nothing unpacked, no cookies kept.
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = ConnectTimeout,
        SslOptions = CreateSslOptions(config),
    });

    /// <summary>
    /// SNI is the request's host, by which an origin of many sites chooses. Its certificate may be for that name or for the name
    /// in the upstream's address: the operator wrote either, and nobody else can get a certificate for one of them.
    /// </summary>
    private static SslClientAuthenticationOptions CreateSslOptions(UpstreamConfig.Http config)
    {
        var options = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateNameMismatch && certificate is X509Certificate2 presented && presented.MatchesHostname(config.Address.IdnHost)),
        };
        if (config.Certificate is { } certificate)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        if (config.Authorities is { } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return options;
    }

    [LoggerMessage(5101, LogLevel.Warning, "Site {Site}: upstream {Upstream} failed on {Method} {Path}: {Error}: {Reason} ({Suppressed} more since the last such line)")]
    private partial void LogUpstreamFailed(string site, Uri upstream, string method, string path, ForwarderError error, string reason, int suppressed);
}
