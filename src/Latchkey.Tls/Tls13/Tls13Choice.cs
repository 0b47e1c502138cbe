using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.Tls13;

/// <summary>What is settled by the first ClientHello and the site alone.</summary>
internal sealed record Tls13Choice(CipherSuite Suite, NamedGroup Group, TlsCertificate Certificate, SignatureScheme Scheme, string? ApplicationProtocol)
{
    /// <exception cref="PeerIncompatibleException">handshake_failure, no_application_protocol: nothing in common.</exception>
    public static Tls13Choice Make(HandshakeStart start)
    {
        var (certificate, scheme) = CertificateChoice.Choose13(start.Hello, start.Site);
        var suite = SuitePreference.Choose13(start.Hello, start.Site);
        return new Tls13Choice(
            suite,
            GroupPreference.Choose13(start.Hello, start.Options.Crypto),
            certificate,
            scheme,
            ApplicationProtocolChoice.Choose(start.Hello, start.Site, CipherSuiteFacts.Of(suite)));
    }
}
