using System.Net;
using System.Net.Sockets;
using Latchkey.Client;
using Latchkey.Client.Links;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "L5")]
public sealed class DialTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_key_server_that_listens_nowhere_serves_the_edges_that_it_dials()
    {
        await using var here = new Edge();
        await using var there = new Edge();
        await using var server = new TestKeyServer { Listens = false, Dial = [here.Target, there.Target] };
        here.Open(server, "edge-1", "localhost");
        there.Open(server, "edge-2", "localhost");
        await server.StartAsync();

        Assert.Equal([7], await here.EchoAsync(7));
        Assert.Equal([8], await there.EchoAsync(8));

        var status = server.Server.Status;
        Assert.Null(status.Link.Listen);
        Assert.All(status.Link.Dial, edge => Assert.True(edge.IsConnected));
        Assert.Equal([("edge-1", true), ("edge-2", true)], status.Connections.Select(one => (one.Edge, one.IsDialled)).Order());
        Assert.Throws<InvalidOperationException>(() => server.Server.EndPoint);
        Assert.True(Assert.Single(here.Client.Status).DialsIn);
    }

    [Fact]
    public async Task An_edge_that_comes_back_is_dialled_again()
    {
        var port = FreePort.Next(); // which nobody else is given while there is no edge
        var edge = new Edge(port);
        await using var server = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(server, "edge-1", "localhost");
        await server.StartAsync();
        Assert.Equal([1], await edge.EchoAsync(1));
        await edge.DisposeAsync();
        await Eventually(() => server.Server.Status.Link.Dial[0].LastFailure is not null);

        await using var again = new Edge(port);
        again.Open(server, "edge-1", "localhost");

        Assert.Equal([2], await again.EchoAsync(2));
        Assert.NotNull(server.Log.Find(3041));
    }

    [Fact]
    public async Task The_edge_lets_in_only_key_servers_whose_certificate_has_a_configured_name()
    {
        await using var edge = new Edge();
        await using var server = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(server, "edge-1", "keys.example.test");
        await server.StartAsync();

        await Eventually(() => edge.Log.Find(2042) is not null);

        Assert.Contains("does not name the host keys.example.test", edge.Log.Find(2042), StringComparison.Ordinal);
        // The key server, whose side of TLS was done, hears of it a little later.
        await Eventually(() => server.Server.Status.Connections.Count == 0);
        Assert.False(edge.Client.IsConnected);
    }

    [Fact]
    public async Task The_key_server_serves_no_edge_of_another_authority_and_none_of_another_name_than_it_dialled()
    {
        await using var stranger = new Edge();
        await using var other = new Edge();
        using var authority = TestAuthority.Create("stranger");
        await using var server = new TestKeyServer { Listens = false, Dial = [stranger.Target, other.Target with { Name = "edge-right" }] };
        stranger.Open(server, "edge-1", "localhost", authority.IssueClient("edge-1"));
        other.Open(server, "edge-wrong", "localhost");
        await server.StartAsync();

        await Eventually(() => server.Server.Status.Link.Dial.All(edge => edge.LastFailure is not null));

        Assert.Contains("'edge-wrong', not 'edge-right'", server.Server.Status.Link.Dial[1].LastFailure, StringComparison.Ordinal);
        Assert.Empty(server.Server.Status.Connections);
    }

    [Fact]
    public async Task Two_key_servers_connect_to_one_edge_and_one_name_has_one_connection()
    {
        await using var edge = new Edge();
        await using var first = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(first, "edge-1", "localhost", also: "127.0.0.1");
        await first.StartAsync();
        await Eventually(() => edge.Client.Status[0].IsConnected);
        await using var same = new KeyServer(first.Options(), first.Log);

        // Its certificate has the same name: the first one answers a ping, and so the second stays out.
        await same.StartAsync(TestContext.Current.CancellationToken);

        await Eventually(() => edge.Log.Find(2042)?.Contains("is connected already", StringComparison.Ordinal) == true);
        Assert.Single(first.Server.Status.Connections);
        Assert.Equal([1], await edge.EchoAsync(1));
    }

    [Fact]
    [Trait("Catalogue", "L1")]
    public async Task A_key_server_that_is_revoked_is_cut_off_and_not_let_in_again()
    {
        await using var edge = new Edge();
        await using var server = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(server, "edge-1", "localhost");
        await server.StartAsync();
        Assert.Equal([1], await edge.EchoAsync(1));

        edge.Client.Revocation = new RevocationLists([server.Authority.RevocationListOf(server.Server.Options.Certificate.RawData)], server.Server.Options.ClientAuthorities);

        await Eventually(() => edge.Log.Find(2042)?.Contains("is revoked", StringComparison.Ordinal) == true);
        Assert.False(edge.Client.IsConnected);
        Assert.NotNull(edge.Log.Find(2044));
    }

    [Fact]
    [Trait("Catalogue", "L2")]
    public async Task An_edge_turns_away_addresses_that_may_not_connect()
    {
        await using var edge = new Edge { Addresses = new AddressRules([], [IPNetwork.Parse("127.0.0.0/8")]) };
        await using var server = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(server, "edge-1", "localhost");
        await server.StartAsync();

        await Eventually(() => server.Server.Status.Link.Dial[0].LastFailure is not null);

        Assert.Contains("its address may not connect", edge.Log.Find(2042), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_server_that_stops_answers_the_edges_that_it_dialled_first()
    {
        await using var edge = new Edge();
        await using var server = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(server, "edge-1", "localhost");
        await server.StartAsync();
        var answers = Enumerable.Range(0, 50).Select(i => edge.EchoAsync((byte)i)).ToList();
        await Eventually(() => server.Server.Status.Connections.Count > 0);

        await server.Server.StopAsync(TestContext.Current.CancellationToken);

        foreach (var answer in answers)
        {
            try
            {
                Assert.Single(await answer.WaitAsync(Patience, TestContext.Current.CancellationToken));
            }
            catch (KeyHolderFailedException)
            {
                // It had not been sent yet; nothing that was received stays without an answer.
            }
        }
        Assert.Contains("the key server is stopping", server.Log.Find(3011), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "20")]
    public async Task Strangers_who_connect_to_the_edge_and_say_nothing_do_not_keep_key_servers_out()
    {
        await using var edge = new Edge();
        await using var server = new TestKeyServer { Listens = false, Dial = [edge.Target] };
        edge.Open(server, "edge-1", "localhost");
        var idlers = new List<Socket>();
        for (var i = 0; i < 64; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            await socket.ConnectAsync(IPAddress.Loopback, edge.Port, TestContext.Current.CancellationToken);
            idlers.Add(socket);
        }

        await server.StartAsync();

        Assert.Equal([1], await edge.EchoAsync(1));
        idlers.ForEach(idler => idler.Dispose());
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, "it did not come about in time");
            await Task.Delay(10);
        }
    }

    /// <summary>An edge that waits for its key servers.</summary>
    private sealed class Edge(int port = 0) : IAsyncDisposable
    {
        private KeyServerListener? _listener;

        public TestLog Log { get; } = new();

        public AddressRules Addresses { get; init; } = AddressRules.Any;

        public int Port => Listener.EndPoint.Port;

        public DialTarget Target => new() { Edge = $"127.0.0.1:{Port}" };

        public KeyServerClient Client { get; private set; } = null!;

        private KeyServerListener Listener => _listener ??= new KeyServerListener(new IPEndPoint(IPAddress.Loopback, port), bindInterface: null, Log, TimeProvider.System);

        public void Open(TestKeyServer server, string name, string expected, TestCertificate? certificate = null, string? also = null)
        {
            Client = new KeyServerClient(
                new KeyServerClientOptions
                {
                    Name = "home",
                    EndPoints = [],
                    Accept = new AcceptOptions { Names = also is null ? [expected] : [expected, also], Addresses = Addresses },
                    Certificate = (certificate ?? server.Authority.IssueClient(name)).WithPrivateKey(),
                    TrustedAuthorities = server.Options().ClientAuthorities,
                    RequestTimeout = TimeSpan.FromSeconds(20),
                    ConnectTimeout = TimeSpan.FromSeconds(20),
                },
                Log);
            Client.Start();
            Listener.Client = Client;
        }

        public async Task<byte[]> EchoAsync(byte payload) => (await Client.ExecuteAsync(new PingOperation(payload), mayFail: false, default)).Payload.ToArray();

        public async ValueTask DisposeAsync()
        {
            if (_listener is not null)
                await _listener.DisposeAsync();
            if (Client is not null)
                await Client.DisposeAsync();
        }
    }

    private readonly struct PingOperation(byte payload) : IKeyOperation
    {
        public string Name => "ping";

        public bool IsStructured => false;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.PingAsync([payload], timeout, cancellationToken);
    }
}
