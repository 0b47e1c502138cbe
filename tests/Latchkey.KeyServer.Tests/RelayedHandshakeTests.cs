using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Handshakes conducted for an edge: operations 4C and 4D at the level of bytes.</summary>
[Trait("Catalogue", "K7")]
public sealed class RelayedHandshakeTests
{
    private static readonly HandshakeStepKind[] Flight =
    [
        HandshakeStepKind.Version, HandshakeStepKind.Message, HandshakeStepKind.Message, HandshakeStepKind.Message, HandshakeStepKind.Message,
        HandshakeStepKind.Flush, HandshakeStepKind.AwaitMessage,
    ];

    private static readonly HandshakeStepKind[] Keys = [HandshakeStepKind.AwaitChangeCipherSpec, HandshakeStepKind.ReadKeys, HandshakeStepKind.AwaitMessage];

    [Fact]
    [Trait("Catalogue", "F2")]
    public async Task The_key_server_conducts_message_by_message_and_a_wrong_finished_ends_it()
    {
        await using var world = await World.StartAsync();
        await using var edge = await world.ConnectAsync();

        var (handshake, steps, _) = RelayRequests.Read(await world.BeginAsync(edge));
        Assert.Equal(Flight, steps);
        (var same, steps, _) = RelayRequests.Read(await world.ContinueAsync(edge, handshake, RelayRequests.ClientKeyExchange()));
        Assert.Equal(handshake, same);
        Assert.Equal(Keys, steps);
        (_, steps, var fault) = RelayRequests.Read(await world.ContinueAsync(edge, handshake, RelayRequests.Finished()));
        Assert.Equal([HandshakeStepKind.Failed], steps);
        Assert.Equal((byte)AlertDescription.DecryptError, fault[0]);
        Assert.Equal(KeylessError.HandshakeUnknown, (await world.ContinueAsync(edge, handshake, RelayRequests.Finished())).Error);
    }

    [Fact]
    [Trait("Catalogue", "F1")]
    public async Task The_master_secret_is_handed_over_only_where_the_keys_owner_allows_it()
    {
        await using var closed = await World.StartAsync();
        await using var refused = await closed.ConnectAsync();
        await using var open = await World.StartAsync(handOver: true);
        await using var edge = await open.ConnectAsync();

        Assert.Equal(KeylessError.NotAllowed, (await closed.BeginAsync(refused, RelayRequests.Begin(closed.Site, finished: 1))).Error);
        var (handshake, _, _) = RelayRequests.Read(await open.BeginAsync(edge, RelayRequests.Begin(open.Site, finished: 1)));
        Assert.Equal([HandshakeStepKind.HandedOver], RelayRequests.Read(await open.ContinueAsync(edge, handshake, RelayRequests.ClientKeyExchange())).Steps);
        Assert.Equal(KeylessError.HandshakeUnknown, (await open.ContinueAsync(edge, handshake, RelayRequests.Finished())).Error);
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task A_handshake_under_way_goes_on_by_the_rules_of_now()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var (handshake, _, _) = RelayRequests.Read(await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site))));

        await server.Server.ReloadAsync(server.Options(changed => changed.Rules = []), TestContext.Current.CancellationToken);

        var reply = await edge.AskAsync(RelayRequests.Ask(Opcode.ContinueHandshake, site.Ski(), RelayRequests.Continue(handshake, RelayRequests.ClientKeyExchange())));
        Assert.Equal(KeylessError.KeyNotFound, reply.Error);
    }

    [Fact]
    public async Task A_reload_does_not_pull_the_key_from_under_a_handshake()
    {
        await using var world = await World.StartAsync();
        await using var edge = await world.ConnectAsync();
        var (handshake, _, _) = RelayRequests.Read(await world.BeginAsync(edge));

        foreach (var file in Directory.GetFiles(world.Server.Keys))
            File.Delete(file);
        await world.Server.Server.ReloadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(KeylessError.KeyNotFound, (await world.BeginAsync(edge)).Error);
        Assert.Equal(Keys, RelayRequests.Read(await world.ContinueAsync(edge, handshake, RelayRequests.ClientKeyExchange())).Steps);
    }

    [Fact]
    public async Task A_handshake_whose_time_has_passed_is_unknown_and_its_place_is_free()
    {
        var time = new SkippingTime();
        await using var world = await World.StartAsync(new KeyServerLimits { RelayedHandshakes = 1 }, time: time);
        await using var edge = await world.ConnectAsync();
        var (handshake, _, _) = RelayRequests.Read(await world.BeginAsync(edge));
        Assert.Equal(KeylessError.Overloaded, (await world.BeginAsync(edge)).Error);

        time.Skip(world.Server.Limits.RelayedHandshakeTimeout);

        Assert.Equal(KeylessError.HandshakeUnknown, (await world.ContinueAsync(edge, handshake, RelayRequests.ClientKeyExchange())).Error);
        RelayRequests.Read(await world.BeginAsync(edge));
        time.Skip(world.Server.Limits.RelayedHandshakeTimeout);
        // Nobody asks for this one: the key server looks by itself.
        await world.UntilThereIsRoomAsync(edge);
    }

    [Fact]
    [Trait("Attack", "20")]
    public async Task An_edge_whose_question_has_an_answer_that_fits_into_no_message_is_refused_and_harms_nobody()
    {
        await using var world = await World.StartAsync();
        await using var edge = await world.ConnectAsync();
        await using var other = await world.ConnectAsync("edge-2");
        var chain = RelayRequests.V16(world.Site.Certificate);
        var rest = 65_490 - RelayRequests.Begin(world.Site, chain: chain).Length - 2;
        var question = RelayRequests.Begin(world.Site, chain: [.. chain, .. RelayRequests.V16(new byte[rest])]);

        Assert.Equal(KeylessError.Malformed, (await world.BeginAsync(edge, question)).Error);

        RelayRequests.Read(await world.BeginAsync(other));
        RelayRequests.Read(await world.BeginAsync(edge));
    }

    [Fact]
    public async Task An_edge_that_lets_a_handshake_go_or_goes_itself_frees_its_place()
    {
        await using var world = await World.StartAsync(new KeyServerLimits { RelayedHandshakes = 1 });
        await using var edge = await world.ConnectAsync();
        var (handshake, _, _) = RelayRequests.Read(await world.BeginAsync(edge));

        Assert.Empty((await world.ContinueAsync(edge, handshake, [])).Payload);
        Assert.Equal(KeylessError.HandshakeUnknown, (await world.ContinueAsync(edge, handshake, [])).Error);
        RelayRequests.Read(await world.BeginAsync(edge));
        edge.Abort();

        await using var second = await world.ConnectAsync();
        await world.UntilThereIsRoomAsync(second);
    }

    [Fact]
    public async Task One_edges_flood_of_half_finished_handshakes_leaves_room_for_the_others()
    {
        // Attack 20.
        await using var world = await World.StartAsync(new KeyServerLimits { RelayedHandshakes = 8 });
        await using var flood = await world.ConnectAsync("edge-1");
        await using var again = await world.ConnectAsync("edge-1");
        await using var other = await world.ConnectAsync("edge-2");

        var begun = 0;
        while ((await world.BeginAsync(flood)).Error == KeylessError.None)
            begun++;

        Assert.Equal(5, begun);
        Assert.Equal(KeylessError.Overloaded, (await world.BeginAsync(again)).Error);
        RelayRequests.Read(await world.BeginAsync(other));
    }

    [Theory]
    [InlineData("not a hello")]
    [InlineData("two messages")]
    [InlineData("half a message")]
    [InlineData("empty chain")]
    [InlineData("cut chain")]
    [InlineData("versions upside down")]
    [InlineData("a byte too many")]
    [InlineData("cut short")]
    public async Task Malformed_arguments_are_refused(string fault)
    {
        await using var world = await World.StartAsync();
        await using var edge = await world.ConnectAsync();
        var whole = RelayRequests.Begin(world.Site);
        var hello = RelayRequests.ClientHello();

        byte[] arguments = fault switch
        {
            "not a hello" => RelayRequests.Begin(world.Site, RelayRequests.ClientKeyExchange()),
            "two messages" => RelayRequests.Begin(world.Site, [.. hello, .. hello]),
            "half a message" => RelayRequests.Begin(world.Site, hello[..^1]),
            "empty chain" => RelayRequests.Begin(world.Site, chain: []),
            "cut chain" => RelayRequests.Begin(world.Site, chain: RelayRequests.V16(world.Site.Certificate)[..^1]),
            "versions upside down" => RelayRequests.Begin(world.Site, minVersion: 0x0305),
            "a byte too many" => [.. whole, 0],
            _ => whole[..^1],
        };

        Assert.Equal(KeylessError.Malformed, (await world.BeginAsync(edge, arguments)).Error);
        Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(RelayRequests.Ask(Opcode.ContinueHandshake, world.Site.Ski(), whole[..3]))).Error);
        RelayRequests.Read(await world.BeginAsync(edge));
    }

    [Fact]
    public async Task A_chain_that_is_no_certificate_is_no_key_of_this_server()
    {
        await using var world = await World.StartAsync();
        await using var edge = await world.ConnectAsync();

        Assert.Equal(KeylessError.KeyNotFound, (await world.BeginAsync(edge, RelayRequests.Begin(world.Site, chain: RelayRequests.V16([1, 2, 3])))).Error);
    }

    [Fact]
    public async Task A_client_that_breaks_the_protocol_gets_its_alert_and_the_connection_lives_on()
    {
        await using var world = await World.StartAsync();
        await using var edge = await world.ConnectAsync();
        var (handshake, _, _) = RelayRequests.Read(await world.BeginAsync(edge));

        var (_, steps, fault) = RelayRequests.Read(await world.ContinueAsync(edge, handshake, RelayRequests.Finished()));

        Assert.Equal([HandshakeStepKind.Failed], steps);
        Assert.Equal((byte)AlertDescription.UnexpectedMessage, fault[0]);
        RelayRequests.Read(await world.BeginAsync(edge));
    }

    /// <summary>A key server with one ECDSA key.</summary>
    private sealed class World : IAsyncDisposable
    {
        public required TestKeyServer Server { get; init; }

        public required TestCertificate Site { get; init; }

        public static async Task<World> StartAsync(KeyServerLimits? limits = null, bool handOver = false, TimeProvider? time = null)
        {
            var server = new TestKeyServer { RawOperations = false, Limits = limits ?? new KeyServerLimits(), HandOverMasterSecret = handOver, Time = time ?? TimeProvider.System };
            var site = server.AddKey(TestKey.EcdsaP256, "site.test");
            await server.StartAsync();
            return new World { Server = server, Site = site };
        }

        public async Task<TestEdge> ConnectAsync(string edge = "edge-1")
        {
            var connection = await Server.ConnectAsync(edge);
            await connection.NegotiateAsync();
            return connection;
        }

        public Task<Reply> BeginAsync(TestEdge edge, byte[]? arguments = null) =>
            edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, Site.Ski(), arguments ?? RelayRequests.Begin(Site)));

        public Task<Reply> ContinueAsync(TestEdge edge, ulong handshake, byte[] message) =>
            edge.AskAsync(RelayRequests.Ask(Opcode.ContinueHandshake, Site.Ski(), RelayRequests.Continue(handshake, message)));

        public async Task UntilThereIsRoomAsync(TestEdge edge)
        {
            for (var i = 0; (await BeginAsync(edge)).Error == KeylessError.Overloaded; i++)
            {
                Assert.True(i < 100, "Its place is still taken.");
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
