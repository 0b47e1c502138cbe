using Latchkey.Configuration;
using Latchkey.Tls;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Edge;

/// <summary>
/// Tells an HTTP upstream who the client has proven to be (G1; RFC 9440 §2.2, §2.3). What the client itself says under these names is dropped at every
/// site (§4: "MUST … remove"), also in the spelling that CGI-like servers take for the same.
/// </summary>
internal static class ClientCertificateHeaders
{
    private const string Certificate = "Client-Cert";
    private const string Chain = "Client-Cert-Chain";

    /// <summary>Puts the headers of a request right.</summary>
    public static void Apply(IHeaderDictionary headers, IReadOnlyList<ReadOnlyMemory<byte>> chain, ClientCertificateHeader header)
    {
        foreach (var claimed in headers.Keys.Where(IsClaim).ToList())
            headers.Remove(claimed);
        if (chain.Count == 0 || header == ClientCertificateHeader.None)
            return;
        headers[Certificate] = Item(chain[0]);
        if (header == ClientCertificateHeader.Chain && chain.Count > 1)
            headers[Chain] = string.Join(", ", chain.Skip(1).Select(Item));
    }

    private static bool IsClaim(string name) =>
        name.Length is 11 or 17 && name.Replace('_', '-') is var normal
        && (normal.Equals(Certificate, StringComparison.OrdinalIgnoreCase) || normal.Equals(Chain, StringComparison.OrdinalIgnoreCase));

    /// <summary>A byte sequence of RFC 8941 §3.3.5.</summary>
    private static string Item(ReadOnlyMemory<byte> certificate) => $":{Convert.ToBase64String(certificate.Span)}:";
}
