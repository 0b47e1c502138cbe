using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer.Keys;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "L1")]
[Trait("Attack", "10")]
public sealed class RevocationTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_revoked_edge_is_not_admitted_and_others_are(SslProtocols protocol)
    {
        await using var server = new TestKeyServer();
        var revoked = server.Authority.IssueClient("edge-bad");
        server.RevocationFiles = [server.Revoke(revoked)];
        await server.StartAsync();

        Assert.True(await IsRefusedAsync(server, revoked, protocol));
        await using var good = await TestEdge.ConnectAsync(server.Server.EndPoint, server.Authority.Certificate, server.Authority.IssueClient("edge-good").WithPrivateKey(), protocol);
        Assert.Equal(Opcode.Pong, (await good.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        Assert.Contains("CN=edge-bad is revoked", server.Log.Find(3012), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(server.Server.Status.Link.Revocation).Revoked);
    }

    /// <summary>A handshake may be held open for seconds: what it began under does not count when it ends.</summary>
    [Fact]
    [Trait("Attack", "10")]
    public async Task An_edge_whose_handshake_outlasts_its_authority_is_not_served()
    {
        await using var server = new TestKeyServer();
        await server.StartAsync();
        using var newAuthority = TestAuthority.Create("the next one");
        var certificate = server.Authority.IssueClient("edge-1").WithPrivateKey();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Server.EndPoint, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var reloaded = new ManualResetEventSlim();
        var handshake = Task.Run(
            () => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.Tls12,
                ClientCertificates = [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
                {
                    if (remote is null)
                        return null!;
                    asked.TrySetResult();
                    reloaded.Wait(TimeSpan.FromSeconds(8));
                    return certificate;
                },
            }), TestContext.Current.CancellationToken);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);

        await server.Server.ReloadAsync(server.Options(newAuthority), TestContext.Current.CancellationToken);
        reloaded.Set();

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await handshake.WaitAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
            if (await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken) == 0)
                throw new IOException("closed");
        });
        await Eventually.Is(() => server.Server.Status.Connections.Count == 0);
    }

    [Fact]
    public async Task A_connected_edge_that_is_revoked_is_cut_off_when_the_list_changes_and_others_stay()
    {
        await using var server = new TestKeyServer { WatchInterval = TimeSpan.FromMilliseconds(50) };
        var certificate = server.Authority.IssueClient("edge-1");
        server.RevocationFiles = [server.Revoke()];
        await server.StartAsync();
        await using var edge = await TestEdge.ConnectAsync(server.Server.EndPoint, server.Authority.Certificate, certificate.WithPrivateKey());
        await using var other = await server.ConnectAsync("edge-2");
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);

        server.Revoke(certificate);

        Assert.True(await edge.IsClosedAsync());
        Assert.Equal(Opcode.Pong, (await other.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        Assert.Contains("edge-1", server.Log.Find(3016), StringComparison.Ordinal);
        Assert.True(await IsRefusedAsync(server, certificate));
    }

    [Fact]
    public async Task A_list_that_is_out_of_date_refuses_every_edge_of_its_authority()
    {
        await using var server = new TestKeyServer();
        server.RevocationFiles = [server.WriteList(server.Authority.RevocationList(DateTimeOffset.UtcNow.AddMinutes(-1)))];
        await server.StartAsync();

        Assert.True(await IsRefusedAsync(server, server.Authority.IssueClient("edge-1")));
        // Its refusal reaches the edge a moment before the log.
        await Eventually.Is(() => server.Log.Find(3012) is not null);
        Assert.Contains("was due to be replaced", server.Log.Find(3012), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_goes_out_of_date_cuts_off_the_edges_that_are_connected()
    {
        var time = new ShiftedTime();
        await using var server = new TestKeyServer { Time = time };
        server.RevocationFiles = [server.WriteList(server.Authority.RevocationList(DateTimeOffset.UtcNow.AddHours(1)))];
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);

        time.By = TimeSpan.FromHours(2);

        Assert.True(await edge.IsClosedAsync());
    }

    [Fact]
    public async Task An_edge_whose_certificate_expires_is_cut_off()
    {
        var time = new ShiftedTime();
        await using var server = await new TestKeyServer { Time = time }.StartAsync();
        await using var edge = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);

        time.By = TimeSpan.FromDays(31);

        Assert.True(await edge.IsClosedAsync());
        Assert.Contains("expired", server.Log.Find(3016), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edge_of_a_revoked_intermediate_authority_is_not_admitted()
    {
        await using var server = new TestKeyServer();
        using var intermediate = server.Authority.CreateIntermediate();
        var client = intermediate.IssueClient("edge-2");
        server.RevocationFiles = [server.WriteList(server.Authority.RevocationListOf(intermediate.Certificate))];
        await server.StartAsync();
        var chain = new X509Certificate2Collection(client.Intermediates.Select(i => X509CertificateLoader.LoadCertificate(i)).ToArray());

        Assert.True(await IsRefusedAsync(server, client, intermediates: chain));
    }

    [Fact]
    public async Task An_authority_that_is_taken_away_takes_its_edges_with_it()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        using var other = TestAuthority.Create("another root");

        await server.Server.ReloadAsync(server.Options(other), TestContext.Current.CancellationToken);

        Assert.True(await edge.IsClosedAsync());
    }

    [Fact]
    public async Task A_list_of_a_stranger_is_refused_at_start_and_a_broken_one_later_leaves_the_old_one_in_force()
    {
        await using var server = new TestKeyServer();
        using var stranger = TestAuthority.Create("stranger");
        var revoked = server.Authority.IssueClient("edge-bad");
        server.RevocationFiles = [server.WriteList(stranger.RevocationList())];
        var refused = await Assert.ThrowsAsync<KeyFilesException>(server.StartAsync);
        Assert.Contains("CN=stranger", refused.Message, StringComparison.Ordinal);
        await server.Server.DisposeAsync();

        server.Revoke(revoked);
        await server.StartAsync();
        File.WriteAllText(server.RevocationFiles[0], "nonsense");
        await Assert.ThrowsAsync<KeyFilesException>(() => server.Server.ReloadAsync(TestContext.Current.CancellationToken));

        Assert.True(await IsRefusedAsync(server, revoked));
        Assert.NotNull(server.Log.Find(3018));
    }

    private static async Task<bool> IsRefusedAsync(TestKeyServer server, TestCertificate certificate, SslProtocols protocol = default, X509Certificate2Collection? intermediates = null)
    {
        try
        {
            await using var edge = await TestEdge.ConnectAsync(server.Server.EndPoint, server.Authority.Certificate, certificate.WithPrivateKey(), protocol, intermediates);
            return await edge.IsClosedAsync();
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return true;
        }
    }
}
