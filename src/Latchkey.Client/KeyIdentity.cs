using System.Formats.Asn1;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Splitting;
using Latchkey.Tls;

namespace Latchkey.Client;

/// <summary>
/// How a request names a key: SKI, RSA modulus digest, and towards Latchkey key servers the certificate's fingerprint (I3, I4).
/// Immutable.
/// </summary>
public sealed class KeyIdentity
{
    private static readonly ConditionalWeakTable<TlsCertificate, KeyIdentity> ByCertificate = [];
    private readonly byte[] _subjectKeyIdentifier;
    private readonly byte[] _certificateDigest;
    private readonly byte[] _fingerprint;

    private KeyIdentity(byte[] subjectKeyIdentifier, byte[] certificateDigest, byte[] fingerprint, int modulusLength, HeldParts? parts = null)
    {
        Parts = parts;
        _subjectKeyIdentifier = subjectKeyIdentifier;
        _certificateDigest = certificateDigest;
        _fingerprint = fingerprint;
        ModulusLength = modulusLength;
    }

    /// <summary>SHA-1 of the contents of the SubjectPublicKey BIT STRING, 20 bytes.</summary>
    public ReadOnlySpan<byte> SubjectKeyIdentifier => _subjectKeyIdentifier;

    /// <summary>SHA-256 of the upper-case hexadecimal RSA modulus, 32 bytes; empty for other keys.</summary>
    public ReadOnlySpan<byte> CertificateDigest => _certificateDigest;

    /// <summary>SHA-256 of the DER certificate, 32 bytes; empty where there is only a public key.</summary>
    public ReadOnlySpan<byte> CertificateFingerprint => _fingerprint;

    /// <summary>Bytes of the RSA modulus; 0 for other keys.</summary>
    public int ModulusLength { get; }

    /// <summary>Parts of the key that this side has and sends along with every question that needs the key (S4); null: none.</summary>
    internal HeldParts? Parts { get; }

    /// <summary>Of the certificate's key; computed once per object.</summary>
    public static KeyIdentity Of(TlsCertificate certificate) => ByCertificate.GetValue(certificate, static certificate =>
        Of(certificate.PublicKey.SubjectPublicKeyInfo, SHA256.HashData(certificate.Chain[0].Span)));

    /// <summary>From now on, questions about the certificate's key bring these parts of it along (S4). To be called before the certificate is used.</summary>
    /// <param name="parts">Copied.</param>
    /// <exception cref="ArgumentException">A part is of another key.</exception>
    public static void Hold(TlsCertificate certificate, IReadOnlyCollection<KeyPart> parts)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (parts.FirstOrDefault(part => !part.SubjectPublicKeyInfo.Span.SequenceEqual(certificate.PublicKey.SubjectPublicKeyInfo.Span)) is { } foreign)
            throw new ArgumentException($"{foreign} is not a part of the certificate's key.", nameof(parts));
        var named = Of(certificate);
        ByCertificate.AddOrUpdate(certificate, new KeyIdentity(named._subjectKeyIdentifier, named._certificateDigest, named._fingerprint, named.ModulusLength, HeldParts.Of(parts)));
    }

    /// <summary>Of a public key alone.</summary>
    /// <param name="subjectPublicKeyInfo">DER.</param>
    /// <exception cref="AsnContentException">Not a SubjectPublicKeyInfo.</exception>
    public static KeyIdentity Of(ReadOnlyMemory<byte> subjectPublicKeyInfo) => Of(subjectPublicKeyInfo, []);

    private static KeyIdentity Of(ReadOnlyMemory<byte> subjectPublicKeyInfo, byte[] fingerprint)
    {
        var info = new AsnReader(subjectPublicKeyInfo, AsnEncodingRules.DER).ReadSequence();
        var algorithm = info.ReadSequence().ReadObjectIdentifier();
        var publicKey = info.ReadBitString(out _);
        var modulus = algorithm == "1.2.840.113549.1.1.1" ? Modulus(publicKey) : [];
        var digest = modulus.Length == 0 ? [] : SHA256.HashData(Encoding.ASCII.GetBytes(Convert.ToHexString(modulus).TrimStart('0')));
        return new KeyIdentity(SHA1.HashData(publicKey), digest, fingerprint, modulus.Length);
    }

    private static byte[] Modulus(byte[] rsaPublicKey)
    {
        var modulus = new AsnReader(rsaPublicKey, AsnEncodingRules.DER).ReadSequence().ReadIntegerBytes().Span;
        return modulus.TrimStart((byte)0).ToArray();
    }
}
