using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer.Admission;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "L1")]
public sealed class AdmissionTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task An_edge_with_a_certificate_of_the_authority_is_admitted(SslProtocols protocol)
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await TestEdge.ConnectAsync(server.Server.EndPoint, server.Authority.Certificate, server.Authority.IssueClient("edge-7").WithPrivateKey(), protocol);

        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        var connection = Assert.Single(server.Server.Status.Connections);
        Assert.Equal(("edge-7", protocol.ToString()), (connection.Edge, connection.Protocol));
    }

    [Fact]
    public async Task An_edge_without_a_certificate_is_refused()
    {
        await using var server = await new TestKeyServer().StartAsync();

        Assert.True(await IsRefusedAsync(server, null));
        Assert.NotNull(server.Log.Find(3012));
    }

    [Fact]
    public async Task An_edge_of_another_authority_is_refused()
    {
        await using var server = await new TestKeyServer().StartAsync();
        using var other = TestAuthority.Create();

        Assert.True(await IsRefusedAsync(server, other.IssueClient("edge-1").WithPrivateKey()));
    }

    [Fact]
    public async Task A_certificate_for_servers_only_does_not_admit_an_edge()
    {
        await using var server = await new TestKeyServer().StartAsync();

        Assert.True(await IsRefusedAsync(server, server.Authority.IssueServer(TestKey.EcdsaP256, "edge-1").WithPrivateKey()));
    }

    [Fact]
    public async Task An_edge_of_an_intermediate_authority_that_it_sends_along_is_admitted()
    {
        await using var server = await new TestKeyServer().StartAsync();
        using var intermediate = server.Authority.CreateIntermediate();
        var client = intermediate.IssueClient("edge-2");
        var chain = new X509Certificate2Collection(client.Intermediates.Select(i => X509CertificateLoader.LoadCertificate(i)).ToArray());
        await using var edge = await TestEdge.ConnectAsync(server.Server.EndPoint, server.Authority.Certificate, client.WithPrivateKey(), intermediates: chain);

        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
    }

    [Fact]
    public async Task A_handshake_that_does_not_proceed_is_ended()
    {
        await using var server = await new TestKeyServer { Limits = new() { HandshakeTimeout = TimeSpan.FromMilliseconds(200) } }.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Server.EndPoint, TestContext.Current.CancellationToken);

        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Too_many_unfinished_handshakes_are_turned_away_and_the_limit_recovers()
    {
        await using var server = await new TestKeyServer { Limits = new() { UnfinishedHandshakes = 2 } }.StartAsync();
        var idlers = new List<Socket>();
        for (var i = 0; i < 2; i++)
        {
            idlers.Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
            await idlers[i].ConnectAsync(server.Server.EndPoint, TestContext.Current.CancellationToken);
        }

        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectAsync());
        idlers.ForEach(i => i.Dispose());

        await Eventually(async () => await (await server.ConnectAsync()).DisposeAsync());
    }

    [Fact]
    public async Task Too_many_connections_are_turned_away()
    {
        await using var server = await new TestKeyServer { Limits = new() { Connections = 1 } }.StartAsync();
        await using var first = await server.ConnectAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectAsync());
        Assert.Equal(Opcode.Pong, (await first.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        Assert.NotNull(server.Log.Find(3013));
    }

    [Fact]
    [Trait("Attack", "13")]
    [Trait("Attack", "14")]
    public async Task An_edge_that_is_not_on_the_list_gets_the_answer_of_an_unknown_key()
    {
        await using var server = new TestKeyServer { AllowedEdges = ["edge-a"] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var listed = await server.ConnectAsync("edge-a");
        await using var other = await server.ConnectAsync("edge-b");
        var known = TestRequests.Raw(Opcode.EcdsaSignSha256, site.Ski(), new byte[32]);
        var unknown = TestRequests.Raw(Opcode.EcdsaSignSha256, RandomNumberGenerator.GetBytes(20), new byte[32]);

        Assert.Equal(Opcode.Response, (await listed.AskAsync(known)).Opcode);
        Assert.Equal((await other.AskAsync(unknown)).Bytes[8..], (await other.AskAsync(known)).Bytes[8..]);
    }

    [Fact]
    public void An_edge_without_common_name_is_known_by_its_dns_name_or_else_its_fingerprint()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=Somebody", key, HashAlgorithmName.SHA256);
        using var bare = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("edge.example.test");
        request.CertificateExtensions.Add(names.Build());
        using var named = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));

        Assert.Equal("edge.example.test", EdgeIdentity.Of(named).Name);
        Assert.True(EdgeIdentity.Of(named).Answers("EDGE.example.test"));
        Assert.StartsWith("sha256:", EdgeIdentity.Of(bare).Name, StringComparison.Ordinal);
        Assert.False(EdgeIdentity.Of(bare).Answers("edge.example.test"));
    }

    // In TLS 1.3 the client is done before the server has looked at its certificate: the refusal comes with the first read.
    private static async Task<bool> IsRefusedAsync(TestKeyServer server, X509Certificate2? certificate)
    {
        try
        {
            await using var edge = await TestEdge.ConnectAsync(server.Server.EndPoint, server.Authority.Certificate, certificate);
            return await edge.IsClosedAsync();
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return true;
        }
    }

    private static async Task Eventually(Func<Task> action)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception) when (attempt < 50)
            {
                await Task.Delay(100);
            }
        }
    }
}
