using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Tests;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>Attack 24: the session keys of a handshake that one connection carries are asked for on another.</summary>
[Trait("Attack", "24")]
public sealed class Attack24RelayedHandshakeTests
{
    [Theory]
    [InlineData("edge-a")]
    [InlineData("edge-b")]
    public async Task Another_connection_gets_nothing_of_a_relayed_handshake_whoever_it_belongs_to_and_the_first_goes_on(string asking)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync("edge-a");
        await using var other = await server.ConnectTestEdgeAsync(asking);
        var (handshake, _, _) = RelayRequests.Read(await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site))));

        var stolen = await other.AskAsync(Continue(site, handshake, RelayRequests.ClientKeyExchange()));
        var guessed = await other.AskAsync(Continue(site, handshake + 1, RelayRequests.ClientKeyExchange()));
        var ended = await other.AskAsync(Continue(site, handshake, []));

        Assert.Equal((KeylessError.HandshakeUnknown, KeylessError.HandshakeUnknown), (stolen.Error, ended.Error));
        Assert.Equal(stolen.Bytes[8..], guessed.Bytes[8..]);
        var (_, steps, _) = RelayRequests.Read(await edge.AskAsync(Continue(site, handshake, RelayRequests.ClientKeyExchange())));
        Assert.Contains(HandshakeStepKind.ReadKeys, steps);
    }

    [Fact]
    public async Task With_the_connection_that_carried_it_a_relayed_handshake_is_gone()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        var edge = await server.ConnectTestEdgeAsync();
        var (handshake, _, _) = RelayRequests.Read(await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site))));

        edge.Abort();
        await using var again = await server.ConnectTestEdgeAsync();

        Assert.Equal(KeylessError.HandshakeUnknown, (await again.AskAsync(Continue(site, handshake, RelayRequests.ClientKeyExchange()))).Error);
    }

    /// <summary>The key exchange of custodies exchange to session-keys waits at the edge, sealed: any connection of that edge may bring it back, and no other edge's.</summary>
    [Fact]
    public async Task The_sealed_state_of_one_edges_key_exchange_does_not_open_for_another()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync("edge-a");
        await using var thief = await server.ConnectTestEdgeAsync("edge-b");
        var exchange = new Tls12Exchange(site.Ski(), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
        var offer = await edge.AskAsync(exchange.Offer(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256));
        Assert.True(OfferKeyExchangeReply.TryRead(offer.Payload, out var offered));
        var state = offered.State.ToArray();
        byte[] clientValue = [9, .. new byte[31]];

        foreach (var level in (KeyExchangeLevel[])[KeyExchangeLevel.Premaster, KeyExchangeLevel.MasterSecret, KeyExchangeLevel.SessionKeys])
            Assert.Equal(KeylessError.StateNotOpened, (await thief.AskAsync(exchange.Agree(level, state, clientValue))).Error);
        Assert.Equal(Opcode.Response, (await edge.AskAsync(exchange.Agree(KeyExchangeLevel.SessionKeys, state, clientValue))).Opcode);
    }

    private static RequestItems Continue(TestCertificate site, ulong handshake, byte[] message) =>
        RelayRequests.Ask(Opcode.ContinueHandshake, site.Ski(), RelayRequests.Continue(handshake, message));
}
