using System.Formats.Asn1;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.Clients;

/// <summary>A chain that a client has sent, and the key that it now has to prove it holds. Owns the key.</summary>
internal sealed class PresentedCertificate : IDisposable
{
    /// <summary>More than any honest chain; each costs a parse before the client has proven anything.</summary>
    private const int MaxChainLength = 16;

    private readonly ClientCertificates _asked;
    private readonly PublicKey _key;

    private PresentedCertificate(ClientCertificates asked, IReadOnlyList<ReadOnlyMemory<byte>> chain, PublicKey key)
    {
        _asked = asked;
        Chain = chain;
        _key = key;
    }

    /// <summary>DER, the client's own first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>Takes the chain of a Certificate message; null: the client has none, and may do without.</summary>
    /// <exception cref="TlsException">It may not; or the chain is too long, or the first certificate or its key cannot be read.</exception>
    public static PresentedCertificate? Of(IReadOnlyList<ReadOnlyMemory<byte>> chain, ClientCertificates asked, TlsVersion version, CryptoProvider crypto)
    {
        if (chain.Count == 0)
            return asked.Mode == ClientCertificateMode.Request ? null : throw Missing(version);
        if (chain.Count > MaxChainLength)
            throw new PeerMisbehavedException(AlertDescription.BadCertificate, $"The client's chain has {chain.Count} certificates.");
        try
        {
            // RFC 5246 §7.4.6, RFC 8446 §4.4.2.2: a key that is meant for other things, encipherment above all, proves nothing here.
            if (!CertificateFields.MaySign(chain[0]))
                throw new PeerIncompatibleException(AlertDescription.UnsupportedCertificate, "The key of the client's certificate is not for signatures.");
            return new PresentedCertificate(asked, chain, crypto.ImportPublicKey(CertificateFields.SubjectPublicKeyInfo(chain[0]).Span));
        }
        catch (AsnContentException)
        {
            throw new PeerMisbehavedException(AlertDescription.BadCertificate, "The client's certificate is not DER.");
        }
        catch (CryptographicException e)
        {
            throw new PeerIncompatibleException(AlertDescription.UnsupportedCertificate, $"The key of the client's certificate cannot be used: {e.Message}");
        }
    }

    /// <summary>Checks CertificateVerify, then has the chain judged: in this order, because a chain costs more than a signature.</summary>
    /// <param name="signed">What the signature covers.</param>
    /// <exception cref="TlsException">illegal_parameter: a scheme that was not asked for or does not suit the key; decrypt_error: a wrong signature;
    /// or the verifier's alert.</exception>
    public async ValueTask VerifyAsync(CertificateVerify verify, byte[] signed, TlsVersion version, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // RFC 8446 §4.4.3, RFC 5246 §7.4.8: one of those in the request, compatible with the key.
        if (!_asked.Schemes.Contains(verify.Scheme) || !SignatureSchemeChoice.Suits(verify.Scheme, _key.Algorithm, version))
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"CertificateVerify by scheme 0x{(ushort)verify.Scheme:x4} with an {_key.Algorithm} key.");
        if (!_key.Verify(verify.Scheme, signed, verify.Signature.Span))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, "The client's CertificateVerify is wrong.");
        var verdict = await _asked.Verifier.VerifyAsync(Chain, now, cancellationToken);
        if (verdict.Alert is { } alert)
            throw new PeerIncompatibleException(alert, $"The client's certificate is refused: {verdict.Reason}.");
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>TLS 1.2 has no alert of its own for it (RFC 5246 §7.4.6).</summary>
    private static PeerIncompatibleException Missing(TlsVersion version) => new(
        version == TlsVersion.Tls13 ? AlertDescription.CertificateRequired : AlertDescription.HandshakeFailure,
        "The site requires a client certificate, and the client sent none.");
}
