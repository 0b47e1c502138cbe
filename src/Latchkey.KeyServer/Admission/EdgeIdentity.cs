using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Admission;

/// <summary>Who an edge is, taken from the certificate it proved to own and from nothing it says (L1).</summary>
public sealed class EdgeIdentity
{
    private const string DnsNameType = "2.5.29.17";

    private EdgeIdentity(string name, IReadOnlyList<string> dnsNames, string fingerprint)
    {
        Name = name;
        DnsNames = dnsNames;
        Fingerprint = fingerprint;
    }

    /// <summary>The subject's common name, else the first DNS name of the SAN, else <see cref="Fingerprint"/>.</summary>
    public string Name { get; }

    /// <summary>DNS names of the SAN.</summary>
    public IReadOnlyList<string> DnsNames { get; }

    /// <summary><c>sha256:</c> and the upper-case hexadecimal digest of the certificate.</summary>
    public string Fingerprint { get; }

    /// <summary>Of a certificate that has been validated.</summary>
    public static EdgeIdentity Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var fingerprint = "sha256:" + certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
        var dnsNames = certificate.Extensions
            .Where(e => e.Oid?.Value == DnsNameType)
            .SelectMany(e => new X509SubjectAlternativeNameExtension(e.RawData, e.Critical).EnumerateDnsNames())
            .ToArray();
        var commonName = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .FirstOrDefault(r => !r.HasMultipleElements && r.GetSingleElementType().Value == "2.5.4.3")?.GetSingleElementValue();
        return new EdgeIdentity(commonName is { Length: > 0 } ? commonName : dnsNames.FirstOrDefault() ?? fingerprint, dnsNames, fingerprint);
    }

    /// <summary>Whether an entry of a configured list means this edge: its name, one of its DNS names, or its fingerprint.</summary>
    public bool Answers(string configured) =>
        string.Equals(configured, Name, StringComparison.OrdinalIgnoreCase)
        || string.Equals(configured, Fingerprint, StringComparison.OrdinalIgnoreCase)
        || DnsNames.Contains(configured, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
