using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyServer.Requests;
using Latchkey.KeyStores;
using Latchkey.KeyStores.Files;

namespace Latchkey.KeyServer;

/// <summary>What a key server needs to know; immutable after start but for the keys, which reload.</summary>
public sealed class KeyServerOptions
{
    /// <summary>Where edges connect; the deployed protocol's port is 2407. null: nowhere, the key server dials (<see cref="Dial"/>).</summary>
    public required IPEndPoint? Listen { get; init; }

    /// <summary>Edges that the key server connects to (catalogue L5). Default none.</summary>
    public IReadOnlyList<DialTarget> Dial { get; init; } = [];

    /// <summary>Name of the network interface that all edges are reached by, as in <c>wg0</c> (L4). Default null: by any.</summary>
    public string? BindInterface { get; init; }

    /// <summary>Addresses that may connect (L2); those that the key server dials are not asked. Default any.</summary>
    public AddressRules PeerAddresses { get; init; } = AddressRules.Any;

    /// <summary>Files with revocation lists of <see cref="ClientAuthorities"/>, PEM or DER; read again when they change. Default none: revocation is not looked at.</summary>
    public IReadOnlyList<string> RevocationFiles { get; init; } = [];

    /// <summary>The key server's own certificate with its private key. Not disposed here.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Certificates between <see cref="Certificate"/> and an authority that edges know; sent along. Default none.</summary>
    public X509Certificate2Collection CertificateChain { get; init; } = [];

    /// <summary>The authorities that edges' certificates must chain to; no other root counts. At least one.</summary>
    public required X509Certificate2Collection ClientAuthorities { get; init; }

    /// <summary>Files and folders with keys, and keys in devices.</summary>
    public required IReadOnlyList<KeySource> Keys { get; init; }

    /// <summary>What opens the keys that are named by URIs. Not disposed here: they live longer than the key server. Default: <c>file:</c> only.</summary>
    public IReadOnlyList<IKeyStore> KeyStores { get; init; } = [new FileKeyStore()];

    /// <summary>Other key servers, by the names in <see cref="KeySource.PartsFrom"/> (S5). Lent, and started. Default none.</summary>
    public IReadOnlyDictionary<string, Client.KeyServerClient> KeyServers { get; init; } = new Dictionary<string, Client.KeyServerClient>();

    /// <summary>Host names by address, for requests that name neither key nor host, only the address that the client connected to (catalogue I2). Default
    /// none.</summary>
    public IReadOnlyDictionary<IPAddress, string> Addresses { get; init; } = new Dictionary<IPAddress, string>();

    /// <summary>Files of keys that clients have beforehand (G4). Default none.</summary>
    public IReadOnlyList<PreSharedKeySource> PreSharedKeys { get; init; } = [];

    /// <summary>Who may do what with which key. Default: what each <see cref="KeySource"/> says.</summary>
    public IKeyPolicy Policy { get; init; } = KeySourcePolicy.Instance;

    /// <summary>Which signatures are verified before they leave. Default <see cref="SignatureVerification.Rsa"/>.</summary>
    public SignatureVerification VerifySignatures { get; init; } = SignatureVerification.Rsa;

    /// <summary>
    /// At least 32 bytes that all key servers of a pool share: what one seals (the state between two questions of a handshake, tickets) any other opens.
    /// Lent until the key server is disposed. Default null: keys are made, in memory alone, and other key servers have them as far as <see cref="TicketKeys"/> says.
    /// </summary>
    public SecretBytes? SealingSecret { get; init; }

    /// <summary>Keys that ticket keys and all that is sealed are derived from, where there is no <see cref="SealingSecret"/>.</summary>
    public TicketKeyOptions TicketKeys { get; init; } = new();

    /// <summary>What keeps questions from being asked again later (X4).</summary>
    public FreshnessOptions Freshness { get; init; } = new();

    /// <summary>Keys that edges sign their requests with (L3): an edge that has one here is refused whatever is not signed with it. Default none.</summary>
    public IReadOnlyList<EdgeRequestKey> RequestKeys { get; init; } = [];

    /// <summary>Whether edges without a key among <see cref="RequestKeys"/> are refused everything. Default false.</summary>
    public bool RequireSignedRequests { get; init; }

    /// <summary>Where uses of keys are recorded (X7); null: nowhere.</summary>
    public AuditOptions? Audit { get; init; }

    /// <summary>Size and time limits.</summary>
    public KeyServerLimits Limits { get; init; } = new();

    /// <summary>How often key files are looked at for changes; zero for never. Default 1 s. A change counts once it has stood
    /// still for one interval, so that a file being written is not read half.</summary>
    public TimeSpan KeyWatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Does the cryptography.</summary>
    public CryptoProvider Crypto { get; init; } = CryptoProvider.Default;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>One entry of <c>dial</c>: an edge that listens for the key server.</summary>
public sealed record DialTarget
{
    /// <summary><c>host:port</c>.</summary>
    public required string Edge { get; init; }

    /// <summary>Who must answer there (<see cref="Admission.EdgeIdentity.Answers"/>); null: any edge that an authority vouches for.</summary>
    public string? Name { get; init; }
}

/// <summary>
/// One entry of <c>keys</c>: a file, a folder of which <c>*.key</c> and <c>*.pem</c> are read, the URI of one key, or certificates alone, whose keys are not here:
/// these have ticket keys (T1) and nothing else.
/// </summary>
public sealed class KeySource
{
    /// <summary>Absolute path; null where <see cref="Uri"/> says where the key is.</summary>
    public string? Path { get; init; }

    /// <summary>Where the key is, for one of <see cref="KeyServerOptions.KeyStores"/>: <c>pkcs11:token=site;object=tls</c>; null where <see cref="Path"/> says it.</summary>
    public string? Uri { get; init; }

    /// <summary>Absolute path of the certificates of the key at <see cref="Uri"/>: a file, or a folder of which <c>*.pem</c> and <c>*.crt</c> are read. They give the
    /// key its names and fingerprints. Default none: found by SKI and modulus digest only. With neither path nor URI: the first certificate of each file has ticket keys here.</summary>
    public string? Certificates { get; init; }

    /// <summary><see cref="Uri"/> or <see cref="Path"/>, for messages.</summary>
    public string Place => Uri ?? Path ?? Certificates ?? throw new InvalidOperationException("A key's entry names neither a path nor a URI nor certificates.");

    /// <summary>Whether there are private keys: else rules may allow <see cref="KeyOperations.TicketKeys"/> alone.</summary>
    public bool HoldsKeys => (Uri ?? Path) is not null;

    /// <summary>Where the entry stands in the configuration, for messages: <c>keys[0]</c>. Default: <see cref="Place"/>.</summary>
    public string Entry
    {
        get => field ?? Place;
        init;
    }

    /// <summary>
    /// Who may do what with these keys: what one of the rules allows, and nothing else. null: what the members below say, which are short for one rule for every host name.
    /// </summary>
    public IReadOnlyList<KeyRule>? Rules { get; init; }

    /// <summary>Whether these keys serve the deployed protocol's raw operations. Default false.</summary>
    public bool RawOperations { get; init; }

    /// <summary>Whether edges that may use these keys are given the ticket keys of their sites (R5): then each can open what the others sealed. Default false.</summary>
    public bool TicketKeys { get; init; }

    /// <summary>
    /// A name that several entries may share: the ticket keys that edges are given (R5) are then the same for all their keys and sites, as far as the same edges may have them.
    /// Tickets stay bound to their site. Default null: each site of each key has its own.
    /// </summary>
    public string? Tenant { get; init; }

    /// <summary>Any text: another one, and all tickets of these keys are void at once, whoever sealed them. Default empty.</summary>
    public string Renewal { get; init; } = "";

    /// <summary>
    /// Whether an edge that relays a TLS 1.2 handshake may have its master secret, to exchange the Finished messages itself (catalogue F1). Default false.
    /// </summary>
    public bool HandOverMasterSecret { get; init; }

    /// <summary>Whether edges that may use these keys may fetch them: for a time the key itself is then in the edge's memory (S6). Default false.</summary>
    public bool FetchKey { get; init; }

    /// <summary>The longest that a fetched key may stay at an edge, in whole seconds; zero: for one operation. Default 5 minutes.</summary>
    public TimeSpan KeepKey { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Names in <see cref="KeyServerOptions.KeyServers"/>: who is asked for the parts of a split key that neither are here nor came with the question (S5). Default none.</summary>
    public IReadOnlyList<string> PartsFrom { get; init; } = [];

    /// <summary>File whose first line is the passphrase of encrypted PEM; null for none.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Names of the edges (<see cref="Admission.EdgeIdentity"/>) that may use these keys; null for every admitted edge.</summary>
    public IReadOnlyList<string>? AllowedEdges { get; init; }

    /// <summary>The rules there are, or the one that the members are short for.</summary>
    internal KeyRule[] InForce => field ??= Rules is { } rules ? [.. rules] : [ShortRule()];

    /// <summary>Whether some rule lets these keys do this.</summary>
    internal bool Serves(KeyOperations operations) => InForce.Any(rule => (rule.Operations & operations) != 0);

    private KeyRule ShortRule() => new()
    {
        Place = Entry,
        Edges = AllowedEdges,
        Names = new NamePatterns(["*"]),
        Operations = !HoldsKeys ? KeyOperations.TicketKeys : KeyOperations.Standard
            | (RawOperations ? KeyOperations.Raw : KeyOperations.None)
            | (TicketKeys ? KeyOperations.TicketKeys : KeyOperations.None)
            | (HandOverMasterSecret ? KeyOperations.HandOver : KeyOperations.None)
            | (FetchKey ? KeyOperations.FetchKey : KeyOperations.None),
    };
}

/// <summary>Which signatures are verified with the public key before they are released (attack 16).</summary>
public enum SignatureVerification
{
    /// <summary>RSA: a fault in CRT arithmetic gives away the factors of the modulus; verifying adds about 3 %.</summary>
    Rsa,
    /// <summary>ECDSA and Ed25519 as well: a P-256 verification costs 78 µs where the signature costs 25 µs.</summary>
    All,
}
