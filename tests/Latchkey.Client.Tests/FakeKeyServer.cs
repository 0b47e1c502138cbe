using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>
/// A key server of the tests' own that speaks the real wire over real mutual TLS. Deployed style unless <see cref="IsLatchkey"/>;
/// what it answers is the test's to say.
/// </summary>
internal sealed class FakeKeyServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<FakeConnection, bool> _connections = new();
    private readonly LinkWorld _world;
    private readonly LoopbackListener _listener;

    private FakeKeyServer(LinkWorld world, int port, X509Certificate2? certificate)
    {
        _world = world;
        Certificate = certificate ?? world.Server;
        _listener = new LoopbackListener(ServeAsync, port);
    }

    public static FakeKeyServer Start(LinkWorld world, int port = 0, X509Certificate2? certificate = null, bool isLatchkey = true, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13) =>
        new(world, port, certificate) { IsLatchkey = isLatchkey, Protocols = protocols };

    public X509Certificate2 Certificate { get; }

    public int Port => _listener.Port;

    public KeyServerEndPoint EndPoint => new("127.0.0.1", Port);

    public bool IsLatchkey { get; init; } = true;

    /// <summary>What it can do beyond the ordinary.</summary>
    public PeerFeatures Features { get; set; }

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Answers what is neither ping nor capabilities. Runs on the connection's reader.</summary>
    public Func<FakeConnection, KeylessMessage, ValueTask> Answer { get; set; } =
        (connection, message) => connection.RespondAsync(message.Id, message.Payload);

    /// <summary>While false, pings are read and not answered.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>What capabilities are answered after.</summary>
    public Func<Task> Greeting { get; set; } = () => Task.CompletedTask;

    /// <summary>How long it takes for a ping.</summary>
    public TimeSpan PingDelay { get; set; }

    public int Accepted => _listener.Accepted;

    public int Pings { get; set; }

    public IEnumerable<FakeConnection> Connections => _connections.Keys;

    /// <summary>Connects to an edge (L5); in TLS it is the server all the same.</summary>
    /// <returns>Ends with the connection.</returns>
    public async Task<Task> DialAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return ServeAsync(socket, CancellationToken.None);
    }

    /// <summary>Resets every connection and accepts no more: a process that was killed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        foreach (var connection in _connections.Keys)
            connection.Kill();
        await _listener.ServedAsync();
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        socket.NoDelay = true;
        await using var connection = new FakeConnection(this, socket);
        _connections[connection] = true;
        try
        {
            await connection.RunAsync(ServerOptions(), stopping);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }

    private SslServerAuthenticationOptions ServerOptions()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_world.Authority);
        return new SslServerAuthenticationOptions
        {
            ServerCertificate = Certificate,
            ClientCertificateRequired = true,
            CertificateChainPolicy = policy,
            EnabledSslProtocols = Protocols,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && errors == SslPolicyErrors.None,
        };
    }
}
