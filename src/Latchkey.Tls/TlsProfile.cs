namespace Latchkey.Tls;

/// <summary>Which suites a site offers, by its configured <c>profile</c>.</summary>
public enum TlsProfile
{
    /// <summary>TLS 1.3, and TLS 1.2 with ECDHE and AEADs (RFC 9325).</summary>
    Default,
    /// <summary>Adds DHE and RSA key exchange with AES-GCM.</summary>
    Compatible,
    /// <summary>Adds AES-CBC and DSS.</summary>
    Legacy,
}
