using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>ALPN, RFC 7301 §3.2.</summary>
internal static class ApplicationProtocolChoice
{
    /// <summary>The site's first that the client names and that goes with the suite; null where either side names none at all.</summary>
    /// <exception cref="PeerIncompatibleException">no_application_protocol: both name some, but none in common.</exception>
    public static string? Choose(ClientHello hello, TlsSite site, CipherSuiteFacts suite)
    {
        if (hello.ApplicationProtocols is not { } offered || site.ApplicationProtocols.Count == 0)
            return null;
        return site.ApplicationProtocols.FirstOrDefault(protocol => offered.Contains(protocol) && GoesWith(protocol, suite))
            ?? throw new PeerIncompatibleException(AlertDescription.NoApplicationProtocol, "No common application protocol.");
    }

    // RFC 9113 §9.2.2 and appendix A: a client may end HTTP/2 over a suite without ephemeral key exchange or AEAD with INADEQUATE_SECURITY.
    private static bool GoesWith(string protocol, CipherSuiteFacts suite) => protocol != "h2" || (suite.HasForwardSecrecy && suite.Cipher.IsAead);
}
