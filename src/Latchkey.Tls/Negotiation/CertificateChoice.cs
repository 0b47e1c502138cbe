using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>
/// The certificate of a TLS 1.3 handshake: the site's first that the client can verify. signature_algorithms_cert is not
/// consulted: RFC 8446 §4.4.2.2 wants a chain sent even where none satisfies it, and a site has one chain per kind of key.
/// </summary>
internal sealed record CertificateChoice(TlsCertificate Certificate, SignatureScheme Scheme)
{
    /// <returns>null: the client can verify none.</returns>
    public static CertificateChoice? Choose13(ClientHello hello, TlsSite site)
    {
        foreach (var certificate in site.Certificates)
        {
            if (SignatureSchemeChoice.Choose(certificate.PublicKey, TlsVersion.Tls13, hello) is { } scheme)
                return new CertificateChoice(certificate, scheme);
        }

        return null;
    }
}
