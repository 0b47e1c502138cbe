using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.KeyServer;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.Requests;
using Latchkey.KeyServer.Tests;
using Latchkey.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Attacks;

/// <summary>The key server of a real configuration in this process, on a free port; every key stands under an entry of its own.</summary>
internal sealed class AttackedKeyServer : IAsyncDisposable
{
    private static readonly TestAuthority SiteAuthority = TestAuthority.Create("Latchkey test sites");
    private static readonly ConcurrentDictionary<(TestKey, string), TestCertificate> Sites = new();

    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = TestAuthority.Create();
    private readonly List<KeySource> _keys = [];
    private X509Certificate2? _certificate;
    private KeyServer.KeyServer? _server;

    public KeyServerLimits Limits { get; init; } = new();

    /// <summary>Off where an attack needs the same nonce for several tries.</summary>
    public bool RefusesReplays { get; init; }

    public IReadOnlyList<EdgeRequestKey> RequestKeys { get; init; } = [];

    public bool RequireSignedRequests { get; init; }

    /// <summary>Whether uses of keys are recorded.</summary>
    public bool Audits { get; init; }

    public string AuditFolder => _folder.File("audit");

    private string RevocationFile => _folder.File("edges.crl");

    /// <summary>The key server's own, which opens the link and no site.</summary>
    public X509Certificate2 Certificate => _certificate ??= _authority.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1").WithPrivateKey();

    public KeyServerStatus Status => _server!.Status;

    /// <summary>Whether it looks at the revocation list that <see cref="Revoke"/> writes.</summary>
    public bool WatchesRevocation { get; init; }

    public IPEndPoint EndPoint => _server!.EndPoint;

    public int Port => EndPoint.Port;

    public X509Certificate2Collection Authorities => [X509CertificateLoader.LoadCertificate(_authority.Certificate)];

    /// <summary>A site of this kind of key; the certificate lies beside the key, so that fingerprint and name lead to it too.</summary>
    public TestCertificate AddKey(TestKey kind, string name, bool rawOperations = false, params IReadOnlyList<string>? allowedEdges) =>
        AddKey(kind, name, new KeyRules { RawOperations = rawOperations, AllowedEdges = allowedEdges is { Count: > 0 } ? allowedEdges : null });

    public TestCertificate AddKey(TestKey kind, string name, KeyRules rules)
    {
        var site = Sites.GetOrAdd((kind, name), static site => SiteAuthority.IssueServer(site.Item1, site.Item2));
        var folder = Directory.CreateDirectory(_folder.File($"{name}-{kind}")).FullName;
        site.Write(folder, "site");
        _keys.Add(new KeySource { Path = folder, RawOperations = rules.RawOperations, TicketKeys = rules.TicketKeys, AllowedEdges = rules.AllowedEdges, Rules = rules.Rules });
        return site;
    }

    /// <summary>A site of this kind of key, which the edges named, or all, may fetch.</summary>
    public TestCertificate AddFetchableKey(TestKey kind, string name, params IReadOnlyList<string>? allowedEdges)
    {
        var site = AddKey(kind, name);
        _keys[^1] = new KeySource { Path = _keys[^1].Path, FetchKey = true, AllowedEdges = allowedEdges is { Count: > 0 } ? allowedEdges : null };
        return site;
    }

    /// <summary>A site whose key's entry has rules.</summary>
    public TestCertificate AddKey(TestKey kind, string name, KeyRule rule, params IReadOnlyList<KeyRule> others)
    {
        var site = AddKey(kind, name);
        _keys[^1] = new KeySource { Path = _keys[^1].Path, Rules = [rule, .. others] };
        return site;
    }

    /// <summary>A site whose certificate's key may sign delegated credentials.</summary>
    public TestCertificate AddDelegatingKey(string name, params IReadOnlyList<KeyRule> rules)
    {
        var site = SiteAuthority.IssueDelegating(TestKey.EcdsaP256, name);
        var folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        site.Write(folder, "site");
        _keys.Add(new KeySource { Path = folder, Rules = rules });
        return site;
    }

    /// <summary>The owner's word on a key changes, while the key server runs.</summary>
    public Task ChangeRulesAsync(params IReadOnlyList<KeyRule> rules)
    {
        _keys[^1] = new KeySource { Path = _keys[^1].Path, Rules = rules };
        return _server!.ReloadAsync(Options(), TestContext.Current.CancellationToken);
    }

    /// <summary>Who issued the sites' certificates, PEM.</summary>
    public static string SiteAuthorityPem => SiteAuthority.CertificatePem;

    public async Task StartAsync()
    {
        _server = new KeyServer.KeyServer(Options(), NullLoggerFactory.Instance);
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public Task StopAsync() => _server!.StopAsync(TestContext.Current.CancellationToken);

    public X509Certificate2 IssueEdge(string name) => _authority.IssueClient(name).WithPrivateKey();

    /// <summary>An edge that this key server admits, in the attacker's hands.</summary>
    public Task<HostileEdge> ConnectAsync(string edge = "edge-a") => HostileEdge.ConnectAsync(_server!.EndPoint, _authority.Certificate, IssueEdge(edge));

    /// <summary>The same with a certificate that the test has.</summary>
    public Task<HostileEdge> ConnectAsync(X509Certificate2 certificate) => HostileEdge.ConnectAsync(_server!.EndPoint, _authority.Certificate, certificate);

    /// <summary>The owner takes an edge off the list of every key that has one, while the key server runs.</summary>
    public Task RevokeAsync(string edge)
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            var key = _keys[i];
            _keys[i] = new KeySource { Path = key.Path, RawOperations = key.RawOperations, TicketKeys = key.TicketKeys, FetchKey = key.FetchKey, AllowedEdges = key.AllowedEdges?.Where(one => one != edge).ToList() };
        }

        return _server!.ReloadAsync(Options(), TestContext.Current.CancellationToken);
    }

    /// <summary>The owner writes another renewal word into every key's entry.</summary>
    public Task RenewAsync(string word)
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            var key = _keys[i];
            _keys[i] = new KeySource { Path = key.Path, TicketKeys = key.TicketKeys, AllowedEdges = key.AllowedEdges, Rules = key.Rules, Renewal = word };
        }

        return _server!.ReloadAsync(Options(), TestContext.Current.CancellationToken);
    }

    /// <summary>The authority puts out a list with the certificates of these edges.</summary>
    public void Revoke(params X509Certificate2[] edges) => File.WriteAllBytes(RevocationFile, _authority.RevocationListOf([.. edges.Select(edge => edge.RawData)]));

    public Task ReloadAsync() => _server!.ReloadAsync(TestContext.Current.CancellationToken);

    /// <summary>The same edge at the level of other tests' requests.</summary>
    public async Task<TestEdge> ConnectTestEdgeAsync(string edge = "edge-a")
    {
        var connected = await TestEdge.ConnectAsync(_server!.EndPoint, _authority.Certificate, IssueEdge(edge));
        await connected.NegotiateAsync();
        return connected;
    }

    /// <summary>The client that the edge's engine asks by.</summary>
    public async Task<KeyServerClient> StartClientAsync(string edge = "edge-a")
    {
        var client = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = "attacked",
                EndPoints = [$"127.0.0.1:{Port}"],
                Certificate = IssueEdge(edge),
                TrustedAuthorities = Authorities,
                RequestTimeout = TimeSpan.FromSeconds(15),
                ConnectTimeout = TimeSpan.FromSeconds(15),
            },
            NullLoggerFactory.Instance);
        client.Start();
        await client.WaitUntilConnectedAsync(TestContext.Current.CancellationToken).WaitAsync(ChildProcess.Patience);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    private KeyServerOptions Options() => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        Certificate = Certificate,
        ClientAuthorities = Authorities,
        Keys = _keys,
        Limits = Limits,
        RevocationFiles = WatchesRevocation ? [RevocationFile] : [],
        RequestKeys = RequestKeys,
        RequireSignedRequests = RequireSignedRequests,
        Freshness = RefusesReplays ? new FreshnessOptions() : new FreshnessOptions { Window = TimeSpan.Zero },
        Audit = Audits ? new AuditOptions { Folder = AuditFolder } : null,
    };
}

/// <summary>What the entry of a key says beyond where it is.</summary>
internal sealed record KeyRules
{
    public bool RawOperations { get; init; }

    public bool TicketKeys { get; init; }

    public IReadOnlyList<string>? AllowedEdges { get; init; }

    /// <summary>In the place of the others.</summary>
    public IReadOnlyList<KeyRule>? Rules { get; init; }
}
