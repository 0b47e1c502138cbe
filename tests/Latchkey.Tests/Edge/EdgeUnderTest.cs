using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Latchkey.Configuration;
using Latchkey.Edge;
using Latchkey.Testing;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tests.Edge;

/// <summary>An edge in this process, on a free port, configured by a file as an operator would; keys are local unless a site says otherwise.</summary>
internal sealed class EdgeUnderTest : IAsyncDisposable
{
    private readonly List<object> _sites = [];
    private readonly ILoggerFactory _loggers;
    private readonly X509Certificate2 _root;
    private object? _cache;

    private EdgeUnderTest()
    {
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log));
        _root = X509CertificateLoader.LoadCertificate(Authority.Certificate);
        Authority.Write(Folder.Path);
        ClientAuthority.Write(Folder.Path, "clients");
    }

    public static TestAuthority Authority { get; } = TestAuthority.Create();

    /// <summary>Of clients' certificates; <c>clients.pem</c> in <see cref="Folder"/>.</summary>
    public static TestAuthority ClientAuthority { get; } = TestAuthority.Create("Latchkey test clients");

    public TemporaryFolder Folder { get; } = new();

    public CapturedLog Log { get; } = new();

    public EdgeHost Host { get; private set; } = null!;

    public int Port => Host.EndPoints[0].Port;

    /// <param name="sites">Name of each site with its upstream.</param>
    public static Task<EdgeUnderTest> StartAsync(params (string Name, string Upstream)[] sites) => StartAsync(null, sites);

    /// <param name="clientCertificates">What every site has under this name in its configuration; null for nothing.</param>
    /// <param name="sites">Name of each site with its upstream.</param>
    public static Task<EdgeUnderTest> StartAsync(object? clientCertificates, params (string Name, string Upstream)[] sites) => StartAsync(clientCertificates, null, sites);

    /// <param name="clientCertificates">What every site has under this name in its configuration; null for nothing.</param>
    /// <param name="cache">The same.</param>
    /// <param name="sites">Name of each site with its upstream.</param>
    public static async Task<EdgeUnderTest> StartAsync(object? clientCertificates, object? cache, params (string Name, string Upstream)[] sites)
    {
        var edge = new EdgeUnderTest { _cache = cache };
        foreach (var (name, upstream) in sites)
            edge.Add(name, upstream, clientCertificates);
        edge.Host = new EdgeHost(edge.Configure(), new HandshakeTraces(), edge._loggers);
        await edge.Host.StartAsync(TestContext.Current.CancellationToken);
        return edge;
    }

    /// <summary>The configuration as it stands now.</summary>
    public EdgeConfig Configure()
    {
        var file = Folder.Write("edge.json", JsonSerializer.Serialize(new { listen = new[] { "127.0.0.1:0" }, sites = _sites }));
        return EdgeConfigReader.Load(file);
    }

    public Task ReloadAsync() => Host.ReloadAsync(Configure(), TestContext.Current.CancellationToken);

    /// <summary>Gives a site another upstream; <see cref="ReloadAsync"/> puts it in force.</summary>
    public void Change(string name, string upstream, object? clientCertificates = null)
    {
        _sites.Clear();
        Add(name, upstream, clientCertificates);
    }

    /// <summary>Issues the site's certificate anew.</summary>
    public byte[] Renew(string name)
    {
        var certificate = Authority.IssueServer(TestKey.EcdsaP256, name, "*." + name);
        certificate.Write(Folder.Path, name);
        return certificate.Certificate;
    }

    public HttpClient Http(string name, Version? version = null, TestCertificate? client = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(cancellationToken), ownsSocket: true),
        SslOptions = Options(name, client),
    })
    {
        BaseAddress = new Uri($"https://{name}/"),
        DefaultRequestVersion = version ?? HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>A connection after its handshake.</summary>
    public async Task<SslStream> TlsAsync(string name)
    {
        var stream = new SslStream(new NetworkStream(await ConnectAsync(TestContext.Current.CancellationToken), ownsSocket: true));
        await stream.AuthenticateAsClientAsync(Options(name), TestContext.Current.CancellationToken);
        return stream;
    }

    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        return socket;
    }

    public SslClientAuthenticationOptions Options(string name, TestCertificate? client = null)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(_root);
        return new SslClientAuthenticationOptions
        {
            TargetHost = name,
            CertificateChainPolicy = trust,
            ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(
                client.WithPrivateKey(), [.. client.Intermediates.Select(der => X509CertificateLoader.LoadCertificate(der))], offline: true),
        };
    }

    public async ValueTask DisposeAsync()
    {
        using var at_once = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await Host.StopAsync(at_once.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await Host.DisposeAsync();
        _loggers.Dispose();
        _root.Dispose();
        Folder.Dispose();
    }

    private void Add(string name, string upstream, object? clientCertificates = null)
    {
        if (!File.Exists(Folder.File(name + ".pem")))
            Renew(name);
        _sites.Add(new { names = new[] { name, "*." + name }, certificate = name + ".pem", key = name + ".key", upstream, upstreamCa = upstream.StartsWith("https:", StringComparison.Ordinal) ? "ca.pem" : null, clientCertificates, cache = _cache });
    }
}
