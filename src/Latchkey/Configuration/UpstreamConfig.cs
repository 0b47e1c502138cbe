using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Configuration;

/// <summary>Where a site's plaintext goes.</summary>
internal abstract record UpstreamConfig
{
    private protected UpstreamConfig()
    {
    }

    /// <summary>HTTP requests are forwarded.</summary>
    /// <param name="Address"><c>http://</c> or <c>https://</c>.</param>
    /// <param name="Authorities">For https: the authorities to trust instead of the system's; null for the system's.</param>
    /// <param name="Certificate">For https: the edge's own, with its private key, for an upstream that asks for one; null for none.</param>
    public sealed record Http(Uri Address, X509Certificate2Collection? Authorities, X509Certificate2? Certificate = null) : UpstreamConfig
    {
        /// <inheritdoc/>
        public override string ToString() => Address.OriginalString;
    }

    /// <summary>Bytes are passed both ways (D6).</summary>
    public sealed record Tcp(string Host, int Port) : UpstreamConfig
    {
        /// <inheritdoc/>
        public override string ToString() => $"tcp://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
    }

    /// <summary>Files of a folder are served.</summary>
    /// <param name="Folder">Absolute; exists.</param>
    /// <param name="MaxAge">For how long whoever asks may keep one; null: nothing is said.</param>
    public sealed record Files(string Folder, TimeSpan? MaxAge = null) : UpstreamConfig
    {
        /// <inheritdoc/>
        public override string ToString() => $"file:{Folder}";
    }
}
