using System.Net;
using Latchkey.Client.Balancing;
using Latchkey.Client.Links;
using Latchkey.Client.OnDemand;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>In a pool, who has waited long is told so and may ask another. That it takes long is never taken for the answer.</summary>
[Trait("Catalogue", "D1")]
public sealed class LateAnswerTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    // More than what anybody is told after at first, less than what is late.
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task A_key_that_takes_long_to_come_is_fetched_all_the_same_and_of_one_key_server()
    {
        var asked = 0;
        await using var one = FakeKeyServer.Start(world);
        await using var other = FakeKeyServer.Start(world);
        foreach (var server in (FakeKeyServer[])[one, other])
        {
            server.Features = PeerFeatures.FetchKey;
            server.Answer = async (connection, message) =>
            {
                Interlocked.Increment(ref asked);
                await Task.Delay(Long);
                await connection.RespondAsync(message.Id, Grant(connection, message));
            };
        }
        await using var client = world.Client(one.Port, other.Port);
        client.Start();
        await Eventually.Is(() => client.Status.All(status => status.IsConnected));

        var reply = await client.ExecuteAsync(new FetchKeyOperation(RemoteKey.Of(TestKey.EcdsaP256).Handshake(), 60), mayFail: false, TestContext.Current.CancellationToken);

        using var key = reply.Secret!;
        Assert.Equal(RemoteKey.Of(TestKey.EcdsaP256).Pkcs8, key.Span.ToArray());
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_sealed_reply_that_takes_long_is_opened_all_the_same()
    {
        await using var one = FakeKeyServer.Start(world);
        await using var other = FakeKeyServer.Start(world);
        foreach (var server in (FakeKeyServer[])[one, other])
        {
            server.Features = PeerFeatures.SealedReplies;
            server.Answer = async (connection, message) =>
            {
                await Task.Delay(Long);
                using var result = SecretBytes.CopyOf("what is kept"u8);
                await connection.RespondAsync(message.Id, SealedReply.Seal(CryptoProvider.Default, message.Opcode, message.Items.Value(ItemTag.SealTo), result)!);
            };
        }
        await using var client = world.Client(one.Port, other.Port);
        client.Start();
        await Eventually.Is(() => client.Status.All(status => status.IsConnected));
        using var arguments = SecretBytes.CopyOf([1, (byte)'a']);

        var reply = await client.ExecuteAsync(
            new SiteOperation("get ticket keys", Opcode.TicketKeys, RemoteKey.Of(TestKey.EcdsaP256).Certificate, arguments, SiteOperationResult.LastingSecret), mayFail: false, TestContext.Current.CancellationToken);

        using var kept = reply.Secret!;
        Assert.Equal("what is kept"u8.ToArray(), kept.Span.ToArray());
    }

    [Fact]
    public async Task Who_answers_no_ping_is_not_tried_again()
    {
        await using var pool = await FakePool.StartAsync(world, 2, new BalancingOptions { ProbeInterval = TimeSpan.FromMilliseconds(20), EjectionTime = TimeSpan.FromMilliseconds(300) });
        pool.Answers[0] = (connection, message) => connection.RefuseAsync(message.Id, KeylessError.Internal);
        pool.Servers[0].AnswersPings = false;
        await pool.EchoAsync(20);
        Assert.Equal(HealthState.Ejected, pool.Client.Status[0].Health);

        await Task.Delay(TimeSpan.FromSeconds(1.5));

        Assert.DoesNotContain(pool.Log, line => line.Contains("is tried again", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Catalogue", "L5")]
    public async Task A_connection_that_answers_no_ping_gives_way_to_the_key_servers_next_one()
    {
        await using var client = Accepting("localhost", "other.test");
        client.Start();
        await using var listener = Listen(client);
        await using var server = FakeKeyServer.Start(world);
        server.AnswersPings = false;
        var first = await server.DialAsync(listener.EndPoint.Port);
        await Eventually.Is(() => client.IsConnected);

        var next = await server.DialAsync(listener.EndPoint.Port);

        Assert.Same(first, await Task.WhenAny(first, next).WaitAsync(LinkWorld.Patience));
        await Eventually.Is(() => client.IsConnected);
        Assert.False(next.IsCompleted);
    }

    [Fact]
    [Trait("Catalogue", "L5")]
    public async Task A_key_server_that_is_just_being_let_in_does_not_stay_with_a_client_that_another_takes_the_place_of()
    {
        await using var client = Accepting("localhost");
        client.Start();
        await using var listener = Listen(client);
        await using var server = FakeKeyServer.Start(world);
        var (greeting, retired) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Greeting = () =>
        {
            greeting.TrySetResult();
            return retired.Task;
        };
        var connection = await server.DialAsync(listener.EndPoint.Port);
        await greeting.Task.WaitAsync(LinkWorld.Patience);

        await client.RetireAcceptedAsync(TimeSpan.Zero);
        retired.SetResult();

        await connection.WaitAsync(LinkWorld.Patience); // it is closed: the key server connects anew, and to the other
    }

    private static KeyServerListener Listen(KeyServerClient client) =>
        new(new IPEndPoint(IPAddress.Loopback, 0), bindInterface: null, NullLoggerFactory.Instance, TimeProvider.System) { Client = client };

    private KeyServerClient Accepting(params string[] names) => new(
        new KeyServerClientOptions
        {
            Name = "home",
            EndPoints = [],
            Accept = new AcceptOptions { Names = names },
            Certificate = world.Edge,
            TrustedAuthorities = [world.Authority],
            RequestTimeout = TimeSpan.FromSeconds(15),
            ConnectTimeout = TimeSpan.FromSeconds(15),
        },
        NullLoggerFactory.Instance);

    private static byte[] Grant(FakeConnection connection, KeylessMessage message)
    {
        Assert.True(FetchKeyRequest.TryRead(message.Payload.Span, out var request));
        var crypto = CryptoProvider.Default;
        using var pair = crypto.CreateKeyExchange((NamedGroup)request.Group);
        using var shared = pair.DeriveSharedSecret(request.PublicValue)!;
        using var pkcs8 = SecretBytes.CopyOf(RemoteKey.Of(TestKey.EcdsaP256).Pkcs8);
        var terms = new KeyGrantTerms
        {
            Link = connection.Binding.Span,
            Key = KeyIdentity.Of(RemoteKey.Of(TestKey.EcdsaP256).Certificate).SubjectKeyIdentifier,
            Seconds = request.Seconds,
            KeyServerValue = pair.PublicValue.Span,
            EdgeValue = request.PublicValue,
        };
        var reply = new FieldWriter(512);
        new FetchKeyReply { Seconds = request.Seconds, PublicValue = pair.PublicValue.Span, Box = KeyGrant.Seal(crypto, shared, terms, pkcs8) }.Write(ref reply);
        return reply.Written.ToArray();
    }
}
