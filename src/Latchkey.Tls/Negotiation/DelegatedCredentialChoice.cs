using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>Whether a TLS 1.3 handshake is signed by the key of a delegated credential in place of the certificate's (RFC 9345 §4.1.1).</summary>
internal static class DelegatedCredentialChoice
{
    /// <returns>null: the site has none for this certificate now, or the client takes none of those it has.</returns>
    public static ServedCredential? Choose(ClientHello hello, TlsSite site, TlsCertificate certificate)
    {
        // "Servers MUST NOT send a delegated credential unless the client has sent the extension."
        if (site.DelegatedCredentials.Count == 0 || hello.DelegatedCredentialSchemes is not { } schemes || hello.SignatureAlgorithms is not { } algorithms)
            return null;
        foreach (var source in site.DelegatedCredentials)
        {
            // RFC 9345 §4.1.1: the algorithm of the certificate's signature comes from signature_algorithms, that of CertificateVerify from this extension.
            if (source.Certificate.Span.SequenceEqual(certificate.Fingerprint.Span) && source.Current is { Credential: var credential } served
                && schemes.Contains(credential.Scheme) && algorithms.Contains(credential.Algorithm))
            {
                return served;
            }
        }

        return null;
    }
}
