using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Clients;

/// <summary>
/// Certificate revocation lists (RFC 5280 §5) from files: read, and their signatures verified, once; replaced by a reload. An issuer that has a list
/// here is asked; one without is not. A list past its nextUpdate refuses everything of its issuer (certificate_unknown): an attacker who keeps a new list
/// from arriving must not gain by it.
/// </summary>
public sealed class RevocationLists
{
    private readonly Dictionary<string, RevocationList> _byIssuer = [];

    /// <param name="lists">Each DER, or PEM with one X509 CRL block or more.</param>
    /// <param name="authorities">Whose lists they are.</param>
    /// <exception cref="CryptographicException">Not a list, of none of the authorities, or with a wrong signature; the message says which.</exception>
    public RevocationLists(IEnumerable<byte[]> lists, X509Certificate2Collection authorities)
    {
        ArgumentNullException.ThrowIfNull(lists);
        ArgumentNullException.ThrowIfNull(authorities);
        foreach (var list in lists.SelectMany(Blocks).Select(der => RevocationList.Read(der, authorities)))
            _byIssuer[Convert.ToHexString(list.Issuer.Span)] = list;
    }

    /// <summary>Each list: whose it is, how many certificates are on it, and when its time is over.</summary>
    public IReadOnlyList<RevocationListInfo> Lists =>
        [.. _byIssuer.Values.Select(list => new RevocationListInfo(new X500DistinguishedName(list.Issuer.Span).Name, list.Serials.Count, list.NextUpdate))];

    /// <summary>Whose certificates are revoked, as one number of 32 bytes: another one, whenever a certificate has been put on a list or taken off it, and the same for a list that is merely renewed.</summary>
    public byte[] Digest
    {
        get
        {
            var revoked = _byIssuer.SelectMany(list => list.Value.Serials.Select(serial => $"{list.Key} {serial}")).Order(StringComparer.Ordinal);
            return SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(string.Join('\n', revoked)));
        }
    }

    /// <summary>Looks a certificate up in its issuer's list.</summary>
    public ClientCertificateVerdict Check(X509Certificate2 certificate, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!_byIssuer.TryGetValue(Convert.ToHexString(certificate.IssuerName.RawData), out var list))
            return ClientCertificateVerdict.Accepted;
        if (list.NextUpdate < now)
            return new ClientCertificateVerdict(AlertDescription.CertificateUnknown, $"the revocation list of {certificate.Issuer} was due to be replaced at {list.NextUpdate:u}");
        return list.Serials.Contains(new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true))
            ? new ClientCertificateVerdict(AlertDescription.CertificateRevoked, $"{certificate.Subject} is revoked")
            : ClientCertificateVerdict.Accepted;
    }

    private static IEnumerable<byte[]> Blocks(byte[] file)
    {
        if (file is [0x30, ..])
            return [file];
        var blocks = new List<byte[]>();
        var pem = System.Text.Encoding.ASCII.GetString(file).AsSpan();
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label] is "X509 CRL")
                blocks.Add(Convert.FromBase64String(pem[fields.Base64Data].ToString()));
            pem = pem[fields.Location.End..];
        }

        return blocks.Count > 0 ? blocks : throw new CryptographicException("There is no PEM block X509 CRL.");
    }

    /// <summary>One list.</summary>
    private sealed record RevocationList(ReadOnlyMemory<byte> Issuer, DateTimeOffset? NextUpdate, HashSet<BigInteger> Serials)
    {
        private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);

        public static RevocationList Read(byte[] der, X509Certificate2Collection authorities)
        {
            try
            {
                var list = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
                var signed = list.PeekEncodedValue();
                var fields = list.ReadSequence();
                var algorithm = list.ReadSequence().ReadObjectIdentifier();
                var signature = list.ReadBitString(out _);
                var (issuer, nextUpdate, serials) = ReadFields(fields);
                Verify(signed.Span, algorithm, signature, issuer, authorities);
                return new RevocationList(issuer, nextUpdate, serials);
            }
            catch (AsnContentException e)
            {
                throw new CryptographicException("It is not a DER revocation list.", e);
            }
        }

        /// <summary>RFC 5280 §5.1: version, signature, issuer, thisUpdate, nextUpdate, revokedCertificates, extensions.</summary>
        private static (ReadOnlyMemory<byte> Issuer, DateTimeOffset? NextUpdate, HashSet<BigInteger> Serials) ReadFields(AsnReader fields)
        {
            if (fields.PeekTag() == Asn1Tag.Integer)
                fields.ReadEncodedValue();
            fields.ReadEncodedValue();
            var issuer = fields.ReadEncodedValue();
            _ = ReadTime(fields);
            var nextUpdate = fields.HasData && IsTime(fields.PeekTag()) ? ReadTime(fields) : (DateTimeOffset?)null;
            var serials = new HashSet<BigInteger>();
            if (fields.HasData && fields.PeekTag() == Asn1Tag.Sequence)
            {
                var revoked = fields.ReadSequence();
                while (revoked.HasData)
                    serials.Add(revoked.ReadSequence().ReadInteger());
            }

            // §5.2: "a critical extension that it cannot process" forbids the use of the list; deltas and partial lists have one.
            if (fields.HasData && fields.PeekTag() == Extensions && HasCritical(fields.ReadSequence(Extensions).ReadSequence()))
                throw new CryptographicException("The revocation list has a critical extension: it is a delta or covers only a part.");
            return (issuer, nextUpdate, serials);
        }

        private static bool HasCritical(AsnReader extensions)
        {
            while (extensions.HasData)
            {
                var extension = extensions.ReadSequence();
                extension.ReadObjectIdentifier();
                if (extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean())
                    return true;
            }

            return false;
        }

        private static bool IsTime(Asn1Tag tag) => tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime;

        private static DateTimeOffset ReadTime(AsnReader fields) => fields.PeekTag() == Asn1Tag.UtcTime ? fields.ReadUtcTime() : fields.ReadGeneralizedTime();

        private static void Verify(ReadOnlySpan<byte> signed, string algorithm, byte[] signature, ReadOnlyMemory<byte> issuer, X509Certificate2Collection authorities)
        {
            var scheme = SchemeOf(algorithm) ?? throw new CryptographicException($"The revocation list is signed with {algorithm}, which is not accepted.");
            var issuers = authorities.Where(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(issuer.Span)).ToList();
            if (issuers.Count == 0)
                throw new CryptographicException($"The revocation list is of {new X500DistinguishedName(issuer.Span).Name}, which is none of the authorities.");
            foreach (var authority in issuers)
            {
                using var key = CryptoProvider.Default.ImportPublicKey(authority.PublicKey.ExportSubjectPublicKeyInfo());
                if (key.Verify(scheme, signed, signature))
                    return;
            }

            throw new CryptographicException($"The revocation list's signature is not that of {issuers[0].Subject}.");
        }

        private static SignatureScheme? SchemeOf(string algorithm) => algorithm switch
        {
            "1.2.840.10045.4.3.2" => SignatureScheme.EcdsaSecp256r1Sha256,
            "1.2.840.10045.4.3.3" => SignatureScheme.EcdsaSecp384r1Sha384,
            "1.2.840.113549.1.1.11" => SignatureScheme.RsaPkcs1Sha256,
            "1.2.840.113549.1.1.12" => SignatureScheme.RsaPkcs1Sha384,
            "1.2.840.113549.1.1.13" => SignatureScheme.RsaPkcs1Sha512,
            "1.3.101.112" => SignatureScheme.Ed25519,
            _ => null,
        };
    }
}

/// <summary>A revocation list, for people.</summary>
/// <param name="Issuer">The authority's name.</param>
/// <param name="Revoked">Certificates on it.</param>
/// <param name="NextUpdate">After this time the list refuses every certificate of its issuer; null: it has none.</param>
public sealed record RevocationListInfo(string Issuer, int Revoked, DateTimeOffset? NextUpdate);
