using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.KeyServer;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyServer.Requests;

namespace Latchkey.Configuration;

/// <summary>A valid keyserver.json. Immutable; a reload makes another one.</summary>
internal sealed record KeyServerConfig
{
    /// <summary>Full path of the file.</summary>
    public required string File { get; init; }

    /// <summary>That file, and those with the link's certificate, key and authorities: what a key server watches beside its keys.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Where edges connect; null: nowhere. Port 0 asks the system for a free one.</summary>
    public required IPEndPoint? Listen { get; init; }

    /// <summary>Edges that the key server connects to; at least one where it does not listen.</summary>
    public required IReadOnlyList<DialTarget> Dial { get; init; }

    /// <summary>The one network interface by which edges are reached; null: any.</summary>
    public required string? BindInterface { get; init; }

    /// <summary>Addresses that may connect.</summary>
    public required AddressRules PeerAddresses { get; init; }

    /// <summary>Full paths of the client authorities' revocation lists.</summary>
    public required IReadOnlyList<string> RevocationFiles { get; init; }

    /// <summary>Where health, metrics and status are served; null for nowhere.</summary>
    public required IPEndPoint? Admin { get; init; }

    /// <summary>The key server's certificate with its private key (which opens the link, not a site).</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Certificates between <see cref="Certificate"/> and an authority, as the file has them.</summary>
    public required X509Certificate2Collection CertificateChain { get; init; }

    /// <summary>The authorities that edges' certificates must chain to.</summary>
    public required X509Certificate2Collection ClientAuthorities { get; init; }

    /// <summary>Files and folders with the sites' keys, and keys in devices.</summary>
    public required IReadOnlyList<KeySource> Keys { get; init; }

    /// <summary>Other key servers, by the names that URIs of keys use (S3).</summary>
    public required IReadOnlyDictionary<string, KeyServerLinkConfig> KeyServers { get; init; }

    /// <summary>Files of keys that clients have beforehand (G4).</summary>
    public required IReadOnlyList<PreSharedKeySource> PreSharedKeys { get; init; }

    /// <summary>Host names by the address that a client without SNI connected to (I2).</summary>
    public required IReadOnlyDictionary<IPAddress, string> Addresses { get; init; }

    /// <summary>Which signatures are verified before they leave.</summary>
    public required SignatureVerification VerifySignatures { get; init; }

    /// <summary>What key servers of a pool share, so that each opens what another sealed; null: this one's own.</summary>
    public required SecretBytes? SealingSecret { get; init; }

    /// <summary>How it comes by the keys that ticket keys are derived from (T1–T3).</summary>
    public required TicketKeyOptions TicketKeys { get; init; }

    /// <summary>Keys that edges sign their requests with (L3).</summary>
    public required IReadOnlyList<EdgeRequestKey> RequestKeys { get; init; }

    /// <summary>Whether edges without such a key are refused everything.</summary>
    public required bool RequireSignedRequests { get; init; }

    /// <summary>What keeps questions from being asked again later (X4).</summary>
    public required FreshnessOptions Freshness { get; init; }

    /// <summary>Where uses of keys are recorded (X7); null: nowhere.</summary>
    public required AuditOptions? Audit { get; init; }

    /// <summary>Size and time limits.</summary>
    public required KeyServerLimits Limits { get; init; }

    /// <summary>How long operations under way may end after SIGTERM.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>What works but should be known, for the log at start.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
