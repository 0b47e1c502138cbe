using System.Security.Cryptography.X509Certificates;
using Latchkey.Tls.Clients;

namespace Latchkey.Configuration;

/// <summary><c>clientCertificates</c> of a site (catalogue G1).</summary>
internal sealed record ClientCertificatesConfig
{
    /// <summary>Whether a client may go without.</summary>
    public required ClientCertificateMode Mode { get; init; }

    /// <summary>What clients' certificates must chain to; at least one is self-signed.</summary>
    public required X509Certificate2Collection Authorities { get; init; }

    /// <summary>The authorities' revocation lists, verified; null: revocation is not looked at.</summary>
    public required RevocationLists? Revocation { get; init; }

    /// <summary>What an HTTP upstream is told of the client.</summary>
    public required ClientCertificateHeader Header { get; init; }

    /// <summary>Full paths of all files that were read, so that a change of one is noticed.</summary>
    public required IReadOnlyList<string> Files { get; init; }
}

/// <summary>Which headers of RFC 9440 an HTTP upstream gets; what the client itself sends under these names never arrives.</summary>
internal enum ClientCertificateHeader
{
    /// <summary>None.</summary>
    None,

    /// <summary><c>Client-Cert</c>.</summary>
    Certificate,

    /// <summary><c>Client-Cert-Chain</c> too.</summary>
    Chain,
}
