using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Relay;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Relay;

/// <summary>The edge's end of a relayed TLS 1.2 handshake, call by call, in both variants.</summary>
[Trait("Catalogue", "K7")]
public sealed class RelayedFinishedTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Catalogue", "F1")]
    [Trait("Catalogue", "F3")]
    public async Task The_client_sees_what_it_would_see_of_a_handshake_that_is_conducted_here(bool handsOver)
    {
        var relay = Relay(handsOver);
        using var client = new ScriptedClient(relay.Edge(), Hello());
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret: true);
        client.SayFinished(client.VerifyDataOfClient());
        var info = await server;

        Assert.Equal(
            ["ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "flush", "read", "read ChangeCipherSpec", "read keys", "read", "ChangeCipherSpec", "write keys", "Finished", "flush"],
            client.Channel.Calls);
        Assert.Equal(client.VerifyDataOfServer(), client.Channel.Body(HandshakeType.Finished).ToArray());
        Assert.Equal(NamedGroup.X25519, info.Group);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, info.SignatureScheme);
        Assert.Equal(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, info.CipherSuite);
        Assert.Equal(1, relay.Disposed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Catalogue", "F1")]
    [Trait("Catalogue", "F2")]
    public async Task A_wrong_finished_is_a_decrypt_error_whoever_verifies_it(bool handsOver)
    {
        var relay = Relay(handsOver);
        using var client = new ScriptedClient(relay.Edge(), Hello());
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret: true);
        var verifyData = client.VerifyDataOfClient();
        verifyData[11] ^= 1;
        client.SayFinished(verifyData);

        var fault = await Assert.ThrowsAsync<PeerMisbehavedException>(() => server);

        Assert.Equal(AlertDescription.DecryptError, fault.Alert);
        Assert.DoesNotContain("Finished", client.Channel.Calls);
        Assert.Equal(1, relay.Disposed);
    }

    [Fact]
    public async Task A_conductor_that_is_lost_in_the_middle_is_internal_error_and_nobody_begins_anew()
    {
        var relay = Relay(handsOver: false);
        relay.Change = reply => reply.Outcome is AwaitsMessage && relay.Trips == 2 ? throw new KeyHolderFailedException("lost") : reply;
        using var client = new ScriptedClient(relay.Edge(), Hello());
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret: true);

        var fault = await Assert.ThrowsAsync<KeyHolderFailedException>(() => server);

        Assert.Equal(AlertDescription.InternalError, fault.Alert);
        Assert.Equal(2, relay.Trips);
        Assert.Equal(1, relay.Disposed);
    }

    [Fact]
    [Trait("Catalogue", "F1")]
    public async Task A_master_secret_for_another_suite_than_the_client_was_told_is_not_used()
    {
        var relay = Relay(handsOver: true);
        relay.Change = reply => reply.Outcome is HandedOver { Finish: var finish } outcome
            ? reply with { Outcome = outcome with { Finish = finish with { CipherSuite = CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 } } }
            : reply;
        using var client = new ScriptedClient(relay.Edge(), Hello());
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret: true);

        await Assert.ThrowsAsync<KeyHolderFailedException>(() => server);
    }

    private static InProcessRelay Relay(bool handsOver) => new(Tls12Site.Site(Tls12Site.Ecdsa), handsOver);

    private static HelloBuilder Hello() => HelloBuilder.Tls12((ExtensionType.ExtendedMasterSecret, []));
}
