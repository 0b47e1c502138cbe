using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>
/// The certificate of a TLS 1.3 handshake: the site's first that the client can verify. signature_algorithms_cert is not
/// consulted: RFC 8446 §4.4.2.2 wants a chain sent even where none satisfies it, and a site has one chain per kind of key.
/// </summary>
internal sealed record CertificateChoice(TlsCertificate Certificate, SignatureScheme Scheme)
{
    /// <exception cref="PeerIncompatibleException">handshake_failure: the client can verify none.</exception>
    public static CertificateChoice Choose13(ClientHello hello, TlsSite site)
    {
        foreach (var certificate in site.Certificates)
        {
            if (SignatureSchemeChoice.Choose(certificate.PublicKey, TlsVersion.Tls13, hello) is { } scheme)
                return new CertificateChoice(certificate, scheme);
        }

        throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No certificate whose signature the client can verify.");
    }
}
