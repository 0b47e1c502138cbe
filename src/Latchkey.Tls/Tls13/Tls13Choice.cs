using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.Tls13;

/// <summary>What is settled by the first ClientHello and the site alone.</summary>
/// <param name="Suite">The best one in common; a pre-shared key may need another.</param>
/// <param name="Group">Of the key exchange.</param>
/// <param name="Certificate">That a full handshake presents; null where the client can verify none.</param>
/// <param name="ApplicationProtocol">ALPN or null.</param>
internal sealed record Tls13Choice(CipherSuite Suite, NamedGroup Group, CertificateChoice? Certificate, string? ApplicationProtocol)
{
    /// <exception cref="PeerIncompatibleException">handshake_failure, no_application_protocol: nothing in common.</exception>
    public static Tls13Choice Make(HandshakeStart start)
    {
        var suite = SuitePreference.Choose13(start.Hello, start.Site);
        var choice = new Tls13Choice(
            suite,
            GroupPreference.Choose13(start.Hello, start.Options.Crypto),
            CertificateChoice.Choose13(start.Hello, start.Site),
            ApplicationProtocolChoice.Choose(start.Hello, start.Site, CipherSuiteFacts.Of(suite)));
        // Without a pre-shared key this is the end of it, before anything is sent.
        if (start.Hello.PreSharedKey is null)
            choice.RequireCertificate(start.Hello);
        return choice;
    }

    /// <summary>The certificate of a full handshake.</summary>
    /// <exception cref="PeerMisbehavedException">missing_extension: no signature_algorithms.</exception>
    /// <exception cref="PeerIncompatibleException">handshake_failure: the client can verify none.</exception>
    public CertificateChoice RequireCertificate(Messages.ClientHello hello)
    {
        ClientHelloRules.RequireSignatureAlgorithms(hello);
        return Certificate ?? throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No certificate whose signature the client can verify.");
    }
}
