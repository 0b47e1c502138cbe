using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Testing;

namespace Latchkey.KeyServer.Tests;

/// <summary>Two key servers with the same key that exchange their roots over a way that can be cut.</summary>
internal sealed class TestPeers : IAsyncDisposable
{
    private readonly List<KeyServerClient> _clients = [];
    private readonly TimeSpan _requestTimeout;

    public TestPeers(TimeProvider? timeOfA = null, TimeProvider? timeOfB = null, TimeSpan? requestTimeout = null)
    {
        _requestTimeout = requestTimeout ?? TimeSpan.FromSeconds(5);
        A = Server(timeOfA ?? (timeOfB = new SetClock()), TestAuthority.Create());
        B = Server(timeOfB ?? timeOfA!, A.Authority);
        ToA = DelayingProxy.Start(A.Port);
        ToB = DelayingProxy.Start(B.Port);
        Key = A.AddKey(TestKey.EcdsaP256, "site.test");
        B.AddKey(TestKey.EcdsaP256, "site.test");
        Introduce(A, B, ToB, "a");
        Introduce(B, A, ToA, "b");
    }

    public TestKeyServer A { get; }

    public TestKeyServer B { get; }

    public TestCertificate Key { get; }

    /// <summary>By which B reaches A.</summary>
    public DelayingProxy ToA { get; }

    public DelayingProxy ToB { get; }

    /// <summary>Whether both follow each other.</summary>
    public bool AreJoined => A.Server.Status.TicketKeys!.Peers[0].IsFollowed && B.Server.Status.TicketKeys!.Peers[0].IsFollowed;

    public async Task<TestPeers> StartAsync()
    {
        await A.StartAsync();
        await B.StartAsync();
        await Eventually.Is(() => AreJoined);
        return this;
    }

    /// <summary>Neither reaches the other.</summary>
    public void Cut()
    {
        ToA.Refusing = ToB.Refusing = true;
        ToA.Cut();
        ToB.Cut();
    }

    public void Heal() => ToA.Refusing = ToB.Refusing = false;

    /// <summary>The keys that an edge gets there.</summary>
    public async Task<ReceivedKeys> KeysAsync(TestKeyServer server)
    {
        await using var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();
        return ReceivedKeys.Read((await edge.AskAsync(TestRequests.TicketKeys(Key, "site.test"))).Payload);
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        foreach (var client in _clients)
            await client.DisposeAsync();
        await ToA.DisposeAsync();
        await ToB.DisposeAsync();
    }

    private static TestKeyServer Server(TimeProvider time, TestAuthority authority) => new() { Port = FreePort.Next(), TicketKeys = true, Time = time, Authority = authority };

    private void Introduce(TestKeyServer server, TestKeyServer to, DelayingProxy by, string @as)
    {
        var client = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = "peer",
                EndPoints = [$"localhost:{by.Endpoint.Port}"],
                Certificate = to.Authority.IssueClient(@as).WithPrivateKey(),
                TrustedAuthorities = [X509CertificateLoader.LoadCertificate(to.Authority.Certificate)],
                TimeProvider = server.Time,
                RequestTimeout = _requestTimeout,
            },
            server.Log);
        client.Start();
        _clients.Add(client);
        server.KeyServers = new Dictionary<string, KeyServerClient> { ["peer"] = client };
        server.Roots = server.Roots with { Peers = ["peer"], PatienceWithPeers = TimeSpan.FromSeconds(20) };
        to.Roots = to.Roots with { SharedWith = [@as] };
    }
}
