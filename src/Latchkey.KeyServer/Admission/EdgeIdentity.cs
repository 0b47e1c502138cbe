using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Admission;

/// <summary>Who an edge is, taken from the certificate it proved to own and from nothing it says (L1).</summary>
public sealed class EdgeIdentity
{
    private const string DnsNameType = "2.5.29.17";
    private const string FingerprintPrefix = "sha256:";

    private readonly string[] _answers;

    private EdgeIdentity(string name, IReadOnlyList<string> dnsNames, string fingerprint, string publicKey)
    {
        Name = name;
        DnsNames = dnsNames;
        Fingerprint = fingerprint;
        PublicKey = publicKey;
        // A certificate's text must not pass for another certificate's fingerprint.
        _answers = [.. dnsNames.Prepend(name).Where(text => !IsFingerprint(text)).Append(fingerprint).Append(publicKey).Where(text => text.Length > 0)];
    }

    /// <summary>The subject's common name, else the first DNS name of the SAN, else <see cref="Fingerprint"/>.</summary>
    public string Name { get; }

    /// <summary>DNS names of the SAN.</summary>
    public IReadOnlyList<string> DnsNames { get; }

    /// <summary><c>sha256:</c> and the upper-case hexadecimal digest of the certificate.</summary>
    public string Fingerprint { get; }

    /// <summary><c>spki:</c> and the upper-case hexadecimal SHA-256 of the certificate's public key (DER SubjectPublicKeyInfo): the same after a renewal that keeps the key.</summary>
    public string PublicKey { get; }

    /// <summary>The 32 bytes of <see cref="Fingerprint"/>.</summary>
    internal ReadOnlyMemory<byte> FingerprintBytes => Convert.FromHexString(Fingerprint.AsSpan(FingerprintPrefix.Length));

    /// <summary>Of a certificate that has been validated.</summary>
    public static EdgeIdentity Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var fingerprint = FingerprintPrefix + certificate.GetCertHashString(HashAlgorithmName.SHA256);
        var dnsNames = certificate.Extensions
            .Where(e => e.Oid?.Value == DnsNameType)
            .SelectMany(e => new X509SubjectAlternativeNameExtension(e.RawData, e.Critical).EnumerateDnsNames())
            .ToArray();
        var commonName = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .FirstOrDefault(r => !r.HasMultipleElements && r.GetSingleElementType().Value == "2.5.4.3")?.GetSingleElementValue();
        return new EdgeIdentity(commonName is { Length: > 0 } ? commonName : dnsNames.FirstOrDefault() ?? fingerprint, dnsNames, fingerprint,
            "spki:" + Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())));
    }

    /// <summary>Of an edge that is only spoken of: one of its names, or the <c>sha256:</c> or <c>spki:</c> fingerprint that rules know it by.</summary>
    public static EdgeIdentity Named(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return IsFingerprint(name) ? new EdgeIdentity(name, [], name, name) : new EdgeIdentity(name, [], "", "");
    }

    /// <summary>Whether an entry of a configured list means this edge: its name, one of its DNS names, the fingerprint of its certificate or of its public key.</summary>
    public bool Answers(string configured) => _answers.Contains(configured, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether one of these means this edge.</summary>
    /// <param name="configured">Compares without case.</param>
    internal bool AnswersAny(FrozenSet<string> configured)
    {
        foreach (var answer in _answers)
            if (configured.Contains(answer))
                return true;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static bool IsFingerprint(string text) =>
        text.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase) || text.StartsWith("spki:", StringComparison.OrdinalIgnoreCase);
}
