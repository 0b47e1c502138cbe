using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.Client;

/// <summary>
/// What is wrong with a key server's signature; null: it is the certificate's key's. A wrong or faulty one never leaves this process: a single faulty RSA signature gives
/// away a factor of the modulus (attack 16).
/// </summary>
internal static class SignatureFault
{
    public static string? OfServerKeyExchange(HandshakeFacts handshake, SignatureScheme scheme, ReadOnlySpan<byte> clientRandom, FreshServerRandom random, ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> signature) =>
        Of(handshake.Certificate, scheme, ServerKeyExchangeContent.Build(clientRandom, random.Value.Span, parameters), signature);

    public static string? OfCertificateVerify(HandshakeFacts handshake, SignatureScheme scheme, ReadOnlySpan<byte> transcriptHash, ReadOnlySpan<byte> signature) =>
        Of(handshake.Certificate, scheme, CertificateVerifyContent.ForServer(transcriptHash), signature);

    public static string? Of(TlsCertificate certificate, SignatureScheme scheme, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
        certificate.PublicKey.Verify(scheme, content, signature) ? null : $"The signature ({scheme}) does not verify with the certificate's key.";
}
