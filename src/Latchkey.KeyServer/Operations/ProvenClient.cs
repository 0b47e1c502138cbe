using System.Formats.Asn1;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Whether a client has proven to have the key of the certificate that its session is to name (G1). At a resumption all edges of the key take the client for who the session says:
/// none of them is to make it say what no client has shown (attack 9). Whether the chain is accepted each edge judges for itself, each time.
/// </summary>
internal static class ProvenClient
{
    /// <summary>Verifies CertificateVerify (RFC 5246 §7.4.8, RFC 8446 §4.4.3).</summary>
    /// <param name="certificate">DER.</param>
    /// <param name="signed">What the signature covers.</param>
    public static bool Is(ReadOnlyMemory<byte> certificate, HandshakeMessage certificateVerify, byte[] signed, TlsVersion version, CryptoProvider crypto)
    {
        try
        {
            var verify = CertificateVerify.Parse(certificateVerify);
            using var key = crypto.ImportPublicKey(CertificateFields.SubjectPublicKeyInfo(certificate).Span);
            return verify.Scheme != SignatureScheme.RsaPkcs1Sha1 && SignatureSchemeChoice.Suits(verify.Scheme, key.Algorithm, version)
                && key.Verify(verify.Scheme, signed, verify.Signature.Span);
        }
        catch (Exception e) when (e is TlsException or AsnContentException or CryptographicException)
        {
            return false;
        }
    }
}
