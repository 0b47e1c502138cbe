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
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<FakeConnection, Task> _connections = new();
    private readonly LinkWorld _world;
    private readonly TcpListener _listener;
    private readonly Task _accepting;

    private FakeKeyServer(LinkWorld world, int port, X509Certificate2? certificate)
    {
        _world = world;
        Certificate = certificate ?? world.Server;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public static FakeKeyServer Start(LinkWorld world, int port = 0, X509Certificate2? certificate = null, bool isLatchkey = true, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13) =>
        new(world, port, certificate) { IsLatchkey = isLatchkey, Protocols = protocols };

    public X509Certificate2 Certificate { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

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

    /// <summary>How long it takes for a ping.</summary>
    public TimeSpan PingDelay { get; set; }

    public int Accepted { get; private set; }

    public int Pings { get; set; }

    public IEnumerable<FakeConnection> Connections => _connections.Keys;

    /// <summary>Resets every connection and accepts no more: a process that was killed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        foreach (var connection in _connections.Keys)
            connection.Kill();
        await _accepting;
        await Task.WhenAll(_connections.Values);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                socket.NoDelay = true;
                Accepted++;
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var connection = new FakeConnection(this, socket);
        var done = new TaskCompletionSource();
        _connections[connection] = done.Task;
        try
        {
            await connection.RunAsync(ServerOptions(), _stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            done.SetResult();
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
