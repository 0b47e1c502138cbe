using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>ALPN, RFC 7301 §3.2.</summary>
internal static class ApplicationProtocolChoice
{
    /// <summary>The site's first that the client names; null where either side names none at all.</summary>
    /// <exception cref="PeerIncompatibleException">no_application_protocol: both name some, but none in common.</exception>
    public static string? Choose(ClientHello hello, TlsSite site)
    {
        if (hello.ApplicationProtocols is not { } offered || site.ApplicationProtocols.Count == 0)
            return null;
        return site.ApplicationProtocols.FirstOrDefault(offered.Contains)
            ?? throw new PeerIncompatibleException(AlertDescription.NoApplicationProtocol, "No common application protocol.");
    }
}
