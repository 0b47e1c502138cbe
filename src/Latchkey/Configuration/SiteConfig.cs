using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.DelegatedCredentials;
using Latchkey.Crypto;
using Latchkey.Tls;

namespace Latchkey.Configuration;

/// <summary>One entry of an edge's <c>sites</c>.</summary>
internal sealed record SiteConfig
{
    /// <summary>Lower case, at least one: <c>example.test</c>, or <c>*.example.test</c> for one more label.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Local addresses at which clients that send no SNI mean this site (I2).</summary>
    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    /// <summary>For logs and metrics: the first of <see cref="Names"/>.</summary>
    public string Name => Names[0];

    /// <summary>At least one, in order of preference.</summary>
    public required IReadOnlyList<SiteCertificateConfig> Certificates { get; init; }

    /// <summary>Who has the private keys: a name in <see cref="EdgeConfig.KeyServers"/>; null where they are local.</summary>
    public required string? KeyServer { get; init; }

    /// <summary>Several key servers that hold shares of the key (X5); null where one holds it.</summary>
    public required ThresholdConfig? Threshold { get; init; }

    /// <summary>Whether the private keys are files at this edge.</summary>
    public bool IsLocal => KeyServer is null && Threshold is null;

    /// <summary>What the edge may hold of a handshake: one of <see cref="CustodyNames.Remote"/>, or <c>local</c>.</summary>
    public required string Custody { get; init; }

    /// <summary>Custody <c>exchange</c>: the key server hands over its ephemeral private value (K3a).</summary>
    public required bool HandsOverPrivateValue { get; init; }

    /// <summary>Custody <c>handshake</c>, TLS 1.2: whether the edge gets the master secret and exchanges the Finished messages itself.</summary>
    public required bool FinishedAtEdge { get; init; }

    /// <summary>Delegated credentials are asked for, and served to clients that know them; null: none are.</summary>
    public required DelegatedCredentialTerms? DelegatedCredentials { get; init; }

    /// <summary>Custody <c>fetched-key</c>: how long the key stays in memory; zero: for one operation.</summary>
    public required TimeSpan KeepKey { get; init; }

    /// <summary>Which suites are offered.</summary>
    public required TlsProfile Profile { get; init; }

    /// <summary>Narrows what the profile offers; null: all of it.</summary>
    public required IReadOnlySet<CipherSuite>? CipherSuites { get; init; }

    /// <summary>Group of DHE for clients that name none.</summary>
    public required NamedGroup DhGroup { get; init; }

    /// <summary>Lowest version served.</summary>
    public required TlsVersion MinVersion { get; init; }

    /// <summary>Highest version served.</summary>
    public required TlsVersion MaxVersion { get; init; }

    /// <summary>How clients authenticate by certificate; null: they are not asked.</summary>
    public required ClientCertificatesConfig? ClientCertificates { get; init; }

    /// <summary>How its sessions are resumed; null: every handshake is a full one.</summary>
    public required ResumptionConfig? Resumption { get; init; }

    /// <summary>Whether clients may use keys that the key server's owner shares with them (G4).</summary>
    public required bool PreSharedKeys { get; init; }

    /// <summary>TLS 1.2: what clients with such a key are told, so that they find the right one; empty for nothing.</summary>
    public required string IdentityHint { get; init; }

    /// <summary>Where plaintext goes.</summary>
    public required UpstreamConfig Upstream { get; init; }

    /// <summary>What is kept of the upstream's answers; null: nothing.</summary>
    public required CacheConfig? Cache { get; init; }
}

/// <summary>A certificate of a site.</summary>
internal sealed record SiteCertificateConfig
{
    /// <summary>Full path, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The site's own certificate first.</summary>
    public required IReadOnlyList<X509Certificate2> Chain { get; init; }

    /// <summary>Full path of the private key, checked to match; null where it is elsewhere.</summary>
    public required string? KeyFile { get; init; }

    /// <summary>URI of the private key where it is beside this process and not in a file; else null.</summary>
    public required string? KeyUri { get; init; }

    /// <summary>Full paths or URIs of the parts of a split key that go along with every question about it; none where the key server has it all.</summary>
    public required IReadOnlyList<string> KeyParts { get; init; }
}

/// <summary>Custodies by their configured names.</summary>
internal static class CustodyNames
{
    /// <summary>The key is a file at the edge; never configured by name, follows from <c>key</c>.</summary>
    public const string Local = "local";

    /// <summary>Several key servers hold shares of the key, and the edge combines what they answer.</summary>
    public const string Threshold = "threshold";

    /// <summary>The key server signs, the edge computes everything else.</summary>
    public const string Signature = "signature";

    /// <summary>The key server conducts the handshake, the edge relays it.</summary>
    public const string Handshake = "handshake";

    /// <summary>The edge fetches the key when it needs it, and keeps it for a while.</summary>
    public const string FetchedKey = "fetched-key";

    /// <summary>Those a key server offers; the first is the default.</summary>
    public static IReadOnlyList<string> Remote { get; } = [Signature, "premaster", "exchange", "master-secret", "session-keys", Handshake, FetchedKey];
}
