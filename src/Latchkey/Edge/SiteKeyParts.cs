using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.KeyStores;
using Latchkey.Splitting;
using Latchkey.Tls;

namespace Latchkey.Edge;

/// <summary>Lets the questions about a certificate's split key bring the edge's parts along (S4).</summary>
internal static class SiteKeyParts
{
    /// <summary>To be called before the certificate is used. Blocks for as long as the devices with the parts take.</summary>
    /// <exception cref="IOException">A part cannot be read any more.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="KeyStoreException">A device does not give a part.</exception>
    /// <exception cref="KeyPartException">A part is damaged, of another key, or one too many.</exception>
    public static void Attach(SiteCertificateConfig config, TlsCertificate certificate, KeyStoreSet stores)
    {
        if (config.KeyParts.Count == 0)
            return;
        var parts = new List<KeyPart>();
        try
        {
            foreach (var place in config.KeyParts)
            {
                parts.Add(KeyPartPlaces.Read(place, stores));
                if (Problem(parts[^1], config.Chain[0].PublicKey.ExportSubjectPublicKeyInfo(), parts.Count) is { } problem)
                    throw new KeyPartException($"{place} {problem}");
            }
            KeyIdentity.Hold(certificate, parts);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    /// <summary>What keeps an edge from having a part; null: nothing.</summary>
    /// <param name="held">Parts that the edge then has.</param>
    public static string? Problem(KeyPart part, ReadOnlySpan<byte> subjectPublicKeyInfo, int held)
    {
        if (!part.SubjectPublicKeyInfo.Span.SequenceEqual(subjectPublicKeyInfo))
            return $"is {part}, not a part of the certificate's key";
        return part.Threshold <= held ? $"would complete the key at the edge (expected fewer than {part.Threshold} parts here)" : null;
    }
}
