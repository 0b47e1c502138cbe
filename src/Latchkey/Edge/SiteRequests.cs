using Latchkey.Configuration;
using Latchkey.Tls;
using Latchkey.Tls.AspNetCore;
using Latchkey.Tls.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>
/// Every HTTP request: to the upstream of the site that the handshake was for. A Host that belongs to another site is answered
/// by 421 (RFC 9110 §15.5.20): the client authenticated one site and must not reach another over the same connection, whose
/// owner, certificate and key server may be others.
/// </summary>
internal sealed partial class SiteRequests(CurrentSites sites, EdgeMetrics metrics, ILogger<SiteRequests> logger)
{
    public Task AnswerAsync(HttpContext context)
    {
        var map = sites.Map;
        var handshake = context.Features.Get<IKeylessHandshakeFeature>()!.Handshake;
        var site = map.Of(handshake);
        var host = context.Request.Host;
        if (site is not null && IsIdentified(site, handshake) && (!host.HasValue || map.Serves(site, host.Host)))
        {
            if (!EarlyRequests.MayBeActedOn(context))
                return StatusPage.WriteAsync(context, EarlyRequests.TooEarly, "This request came too early to be safe. Please send it again.");
            ClientCertificateHeaders.Apply(context.Request.Headers, handshake.ClientCertificates, site.Config.ClientCertificates?.Header ?? ClientCertificateHeader.None);
            return site.Upstream.ServeRequestAsync(context);
        }

        metrics.Misdirected(handshake.Site.Name);
        LogMisdirected(handshake.Site.Name, host.Value);
        return StatusPage.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "This connection is for another site. Please connect again.");
    }

    /// <summary>A reload may have made a certificate necessary that a connection from before it does not have.</summary>
    private static bool IsIdentified(EdgeSite site, TlsHandshakeInfo handshake) =>
        site.Tls.ClientCertificates is not { Mode: ClientCertificateMode.Require } || handshake.ClientCertificates.Count > 0;

    [LoggerMessage(5104, LogLevel.Debug, "A request for {Host} came over a connection to site {Site}: 421")]
    private partial void LogMisdirected(string site, string? host);
}
