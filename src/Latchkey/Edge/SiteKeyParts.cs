using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Splitting;
using Latchkey.Tls;

namespace Latchkey.Edge;

/// <summary>Lets the questions about a certificate's split key bring the edge's parts along (S4).</summary>
internal static class SiteKeyParts
{
    /// <summary>To be called before the certificate is used.</summary>
    /// <exception cref="IOException">A part cannot be read any more.</exception>
    public static void Attach(SiteCertificateConfig config, TlsCertificate certificate)
    {
        if (config.KeyParts.Count == 0)
            return;
        var parts = new List<KeyPart>();
        try
        {
            parts.AddRange(config.KeyParts.Select(KeyPartFiles.Read));
            KeyIdentity.Hold(certificate, parts);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }
}
