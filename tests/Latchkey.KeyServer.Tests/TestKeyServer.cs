using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyStores;
using Latchkey.KeyStores.Files;
using Latchkey.Testing;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Tests;

/// <summary>A key server on a free port with authorities, keys and a log of its own.</summary>
internal sealed class TestKeyServer : IAsyncDisposable
{
    // Making an RSA key costs more than most tests; sites may share theirs, whose issuer the key server never looks at.
    private static readonly TestAuthority SiteAuthority = TestAuthority.Create("Latchkey test sites");
    private static readonly ConcurrentDictionary<(TestKey, string), TestCertificate> Sites = new();

    /// <summary>For tests in which nothing is to be refused for its age: on a busy machine the usual one is soon reached.</summary>
    public static readonly TimeSpan LongQueueAge = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public TestKeyServer() => Directory.CreateDirectory(Keys);

    public TestLog Log { get; } = new();

    public string Keys => _folder.File("keys");

    /// <summary>Of the edges' certificates and of its own.</summary>
    public TestAuthority Authority { get; init; } = TestAuthority.Create();

    public bool RawOperations { get; init; } = true;

    public IReadOnlyDictionary<IPAddress, string> Addresses { get; set; } = new Dictionary<IPAddress, string>();

    public bool TicketKeys { get; init; }

    public bool HandOverMasterSecret { get; init; }

    public IReadOnlyList<string>? AllowedEdges { get; init; }

    /// <summary>Instead of the members above.</summary>
    public IReadOnlyList<KeyRule>? Rules { get; set; }

    public IReadOnlyList<PreSharedKeySource> PreSharedKeys { get; set; } = [];

    public string? PassphraseFile { get; set; }

    /// <summary>Entries of <c>keys</c> beside the folder.</summary>
    public List<KeySource> FurtherKeys { get; } = [];

    /// <summary>Lent.</summary>
    public IReadOnlyList<IKeyStore> KeyStores { get; init; } = [new FileKeyStore()];

    public KeyServerLimits Limits { get; set; } = new() { QueueAge = LongQueueAge };

    public SignatureVerification Verify { get; init; }

    public CryptoProvider Crypto { get; init; } = CryptoProvider.Default;

    public IKeyPolicy? Policy { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Off: most tests ask about one nonce of their own again and again.</summary>
    public FreshnessOptions Freshness { get; init; } = new() { Window = TimeSpan.Zero };

    /// <summary>What the audit log is to be like, given its folder; null: there is none.</summary>
    public Func<string, AuditOptions>? Audit { get; init; }

    public string AuditFolder => _folder.File("audit");

    public SecretBytes? SealingSecret { get; set; }

    public TicketKeyOptions Roots { get; set; } = new();

    /// <summary>Lent, and started.</summary>
    public IReadOnlyDictionary<string, KeyServerClient> KeyServers { get; set; } = new Dictionary<string, KeyServerClient>();

    public TimeSpan WatchInterval { get; init; }

    public AddressRules PeerAddresses { get; set; } = AddressRules.Any;

    public IReadOnlyList<string> RevocationFiles { get; set; } = [];

    public IReadOnlyList<DialTarget> Dial { get; init; } = [];

    public bool Listens { get; init; } = true;

    /// <summary>0: a free one at each start.</summary>
    public int Port { get; init; }

    public KeyServer Server { get; private set; } = null!;

    /// <summary>Issues a site certificate and puts its key into the key folder.</summary>
    public TestCertificate AddKey(TestKey kind, string name, bool withCertificate = false)
    {
        var site = Issue(kind, name);
        site.WriteKey(Keys, name.Replace('*', '_'));
        if (withCertificate)
            site.WriteCertificate(Keys, name.Replace('*', '_'));
        return site;
    }

    public static TestCertificate Issue(TestKey kind, string name) =>
        Sites.GetOrAdd((kind, name), static k => SiteAuthority.IssueServer(k.Item1, k.Item2));

    /// <summary>Writes a revocation list of the edges' authority and returns its path.</summary>
    public string Revoke(params TestCertificate[] revoked) => WriteList(Authority.RevocationList(revoked));

    public string WriteList(byte[] list)
    {
        var file = _folder.File("edges.crl");
        File.WriteAllBytes(file, list);
        return file;
    }

    public string Write(string name, string text) => _folder.Write(name, text);

    public async Task<TestKeyServer> StartAsync()
    {
        Server = new KeyServer(Options(), Log);
        await Server.StartAsync(TestContext.Current.CancellationToken);
        return this;
    }

    /// <summary>The options after a change.</summary>
    public KeyServerOptions Options(Action<TestKeyServer> change)
    {
        change(this);
        return Options();
    }

    public KeyServerOptions Options(TestAuthority? clients = null) => new()
    {
        Listen = Listens ? new IPEndPoint(IPAddress.Loopback, Port) : null,
        Dial = Dial,
        PeerAddresses = PeerAddresses,
        RevocationFiles = RevocationFiles,
        Certificate = Authority.IssueServer(TestKey.EcdsaP256, "localhost").WithPrivateKey(),
        ClientAuthorities = [X509CertificateLoader.LoadCertificate((clients ?? Authority).Certificate)],
        Keys = [new KeySource { Path = Keys, RawOperations = RawOperations, HandOverMasterSecret = HandOverMasterSecret, TicketKeys = TicketKeys, AllowedEdges = AllowedEdges, Rules = Rules, PassphraseFile = PassphraseFile }, .. FurtherKeys],
        KeyStores = KeyStores,
        Addresses = Addresses,
        PreSharedKeys = PreSharedKeys,
        Limits = Limits,
        VerifySignatures = Verify,
        Crypto = Crypto,
        Freshness = Freshness,
        Audit = Audit?.Invoke(AuditFolder),
        Policy = Policy ?? KeySourcePolicy.Instance,
        TimeProvider = Time,
        SealingSecret = SealingSecret,
        TicketKeys = Roots,
        KeyServers = KeyServers,
        KeyWatchInterval = WatchInterval,
    };

    public Task<TestEdge> ConnectAsync(string edge = "edge-1") =>
        TestEdge.ConnectAsync(Server.EndPoint, Authority.Certificate, Authority.IssueClient(edge).WithPrivateKey());

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        Authority.Dispose();
        _folder.Dispose();
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class TestLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(int Id, LogLevel Level, string Text)> Lines => [.. _lines];

    public string? Find(int id) => Lines.Where(l => l.Id == id).Select(l => l.Text).FirstOrDefault();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
