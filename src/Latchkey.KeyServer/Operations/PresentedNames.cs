using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Operations;

/// <summary>The names that a certificate authenticates a server under: of hosts, lower-cased, and addresses as text.</summary>
internal static class PresentedNames
{
    /// <summary>What stands for a certificate without any: no pattern but <c>*</c> covers it.</summary>
    private static readonly IReadOnlyList<string> NoName = [""];

    /// <param name="certificate">DER.</param>
    /// <returns>At least one.</returns>
    public static IReadOnlyList<string> Of(ReadOnlySpan<byte> certificate)
    {
        try
        {
            using var parsed = X509CertificateLoader.LoadCertificate(certificate);
            var names = parsed.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames().Select(name => name.ToLowerInvariant()).Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
                .ToList();
            // Some clients still take the subject's name where there is no other.
            if (names.Count == 0 && parsed.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } subject)
                names.Add(subject.ToLowerInvariant());
            return names.Count > 0 ? names : NoName;
        }
        catch (CryptographicException)
        {
            return NoName;
        }
    }
}
