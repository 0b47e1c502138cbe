using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>Connections that are made when something is to be asked (L6); the persistent ones are in <see cref="ReconnectingTests"/>.</summary>
[Trait("Catalogue", "L6")]
public sealed class OnDemandConnectionTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    public async Task A_connection_is_made_for_a_request_closed_when_idle_and_made_again()
    {
        await using var server = FakeKeyServer.Start(world);
        await using var client = Client(TimeSpan.FromMilliseconds(100), server.Port);
        client.Start();
        Assert.True(client.IsReady);
        Assert.True(client.Status[0].IsDormant);

        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(i, await Echo(client, (byte)i));
            await Eventually.Is(() => client.Status[0].IsDormant);
            Assert.False(client.IsConnected);
        }

        Assert.Equal(3, server.Accepted);
    }

    [Fact]
    public async Task Requests_that_come_together_share_one_connection()
    {
        await using var server = FakeKeyServer.Start(world);
        await using var client = Client(TimeSpan.FromSeconds(30), server.Port);
        client.Start();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Echo(client, (byte)i)));

        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task No_connection_is_closed_while_an_answer_is_awaited()
    {
        await using var server = FakeKeyServer.Start(world);
        var answer = server.Answer;
        server.Answer = async (connection, message) =>
        {
            await Task.Delay(500);
            await answer(connection, message);
        };
        await using var client = Client(TimeSpan.Zero, server.Port);
        client.Start();

        Assert.Equal(9, await Echo(client, 9));
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task A_key_server_that_is_away_is_tried_again_at_the_next_request()
    {
        var port = FreePort.Next(); // which nobody else is given while there is no key server
        await using var client = Client(TimeSpan.FromSeconds(30), port);
        client.Start();

        await Assert.ThrowsAsync<KeyHolderFailedException>(() => Echo(client, 1));

        await using var again = FakeKeyServer.Start(world, port);
        var answered = 0;
        for (var attempt = 0; answered == 0 && attempt < 200; attempt++)
        {
            try
            {
                answered = await Echo(client, 2);
            }
            catch (KeyHolderFailedException)
            {
                await Task.Delay(50);
            }
        }
        Assert.Equal(2, answered);
    }

    [Fact]
    public void Who_connects_to_this_side_cannot_be_asked_to() =>
        Assert.Throws<ArgumentException>(() => new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = "home",
                EndPoints = [],
                Accept = new Links.AcceptOptions { Names = ["keys.test"] },
                OnDemandIdle = TimeSpan.FromSeconds(1),
                Certificate = world.Edge,
                TrustedAuthorities = [world.Authority],
            },
            NullLoggerFactory.Instance));

    private KeyServerClient Client(TimeSpan idle, int port) => new(
        new KeyServerClientOptions
        {
            Name = "home",
            EndPoints = [$"127.0.0.1:{port}"],
            Certificate = world.Edge,
            TrustedAuthorities = [world.Authority],
            RequestTimeout = TimeSpan.FromSeconds(15),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            OnDemandIdle = idle,
        },
        NullLoggerFactory.Instance);

    private static async Task<byte> Echo(KeyServerClient client, byte payload) =>
        Assert.Single((await client.ExecuteAsync(new EchoOperation(payload), mayFail: false, default)).Payload.ToArray());

    private readonly struct EchoOperation(byte payload) : IKeyOperation
    {
        public string Name => "echo";

        public bool IsStructured => false;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.RequestAsync(new OutgoingItems(Opcode.Custom) { Payload = [payload] }, secret: false, timeout, cancellationToken);
    }
}
