using System.Formats.Asn1;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls;

/// <summary>A certificate chain, and who holds the private key of its first certificate. Immutable, shared by handshakes.</summary>
public sealed class TlsCertificate
{
    private byte[]? _fingerprint;

    /// <summary>DER certificates, the site's own first, as sent on the wire; the root may be left out.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; }

    /// <summary>The first certificate's key: signatures are verified with it before they are used (<see cref="IHandshakeKey.MustBeVerified"/>).</summary>
    public required PublicKey PublicKey { get; init; }

    /// <summary>SHA-256 of the first certificate, 32 bytes: what a session is bound to.</summary>
    public ReadOnlyMemory<byte> Fingerprint => _fingerprint ??= SHA256.HashData(Chain[0].Span);

    /// <summary>Who computes what of the handshake.</summary>
    public required Custody Custody { get; init; }

    /// <summary>Reads a chain of PEM CERTIFICATE blocks, the site's own first; other blocks and text between are skipped.</summary>
    /// <exception cref="CryptographicException">No certificate in it, one is not DER, or the first one's key is of no supported kind;
    /// the message says which.</exception>
    public static TlsCertificate FromPem(ReadOnlySpan<char> pem, CryptoProvider crypto, Custody custody)
    {
        var chain = ReadChain(pem);
        return new TlsCertificate { Chain = chain, PublicKey = ReadPublicKey(chain, crypto), Custody = custody };
    }

    /// <summary>DER SubjectPublicKeyInfo of a DER certificate.</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static ReadOnlyMemory<byte> SubjectPublicKeyInfoOf(ReadOnlyMemory<byte> certificate) => CertificateFields.SubjectPublicKeyInfo(certificate);

    private static List<ReadOnlyMemory<byte>> ReadChain(ReadOnlySpan<char> pem)
    {
        var chain = new List<ReadOnlyMemory<byte>>();
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label] is "CERTIFICATE")
                chain.Add(Convert.FromBase64String(pem[fields.Base64Data].ToString()));
            pem = pem[fields.Location.End..];
        }

        return chain.Count > 0 ? chain : throw new CryptographicException("There is no PEM block CERTIFICATE.");
    }

    private static PublicKey ReadPublicKey(List<ReadOnlyMemory<byte>> chain, CryptoProvider crypto)
    {
        for (var i = 1; i < chain.Count; i++)
            _ = SubjectPublicKeyInfo(chain[i], i);
        return crypto.ImportPublicKey(SubjectPublicKeyInfo(chain[0], 0).Span);
    }

    private static ReadOnlyMemory<byte> SubjectPublicKeyInfo(ReadOnlyMemory<byte> certificate, int index)
    {
        try
        {
            return CertificateFields.SubjectPublicKeyInfo(certificate);
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException($"Certificate {index + 1} of the chain is not a DER certificate.", e);
        }
    }
}
