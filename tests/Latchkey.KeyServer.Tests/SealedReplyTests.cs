using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Item 51: secret results that are sealed to the question.</summary>
[Trait("Catalogue", "T3")]
public sealed class SealedReplyTests
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;

    [Theory]
    [InlineData(NamedGroup.X25519)]
    [InlineData(NamedGroup.Secp256r1)]
    public async Task Ticket_keys_are_sealed_to_the_question_and_to_no_other(NamedGroup group)
    {
        await using var server = new TestKeyServer { Time = new SetClock(), TicketKeys = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        var plain = (await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Payload;
        using var pair = Crypto.CreateKeyExchange(group);
        using var other = Crypto.CreateKeyExchange(group);

        var reply = await edge.AskAsync(Sealed(TestRequests.TicketKeys(site, "site.test"), SealedReply.ItemOf(pair)));

        Assert.Equal(Opcode.Response, reply.Opcode);
        Assert.Equal(-1, reply.Bytes.AsSpan().IndexOf(plain.AsSpan(8, TicketKey.NameSize)));
        Assert.Equal(-1, reply.Bytes.AsSpan().IndexOf(plain.AsSpan(8 + TicketKey.NameSize, TicketKey.SecretSize)));
        Assert.Equal(plain, Open(Opcode.TicketKeys, pair, reply.Payload));
        Assert.Null(Open(Opcode.ShareTicketKeyRoots, pair, reply.Payload));
        Assert.Null(Open(Opcode.TicketKeys, other, reply.Payload));
        for (var i = 0; i < reply.Payload.Length; i++)
        {
            var altered = reply.Payload.ToArray();
            altered[i] ^= 1;
            Assert.Null(Open(Opcode.TicketKeys, pair, altered));
        }

        for (var length = 0; length < reply.Payload.Length; length++)
            Assert.Null(Open(Opcode.TicketKeys, pair, reply.Payload.AsSpan(0, length)));
    }

    [Fact]
    public async Task Roots_are_sealed_too()
    {
        await using var server = new TestKeyServer { Time = new SetClock(), Roots = new TicketKeyOptions { SharedWith = ["edge-1"] } };
        await server.StartAsync();
        await using var peer = await ConnectAsync(server);
        var share = TestRequests.Raw(Opcode.ShareTicketKeyRoots, [], []);
        var plain = (await peer.AskAsync(share)).Payload;
        using var pair = SealedReply.CreatePair(Crypto);

        var reply = await peer.AskAsync(Sealed(share, SealedReply.ItemOf(pair)));

        Assert.Equal(2 * TicketKeyEntry.Size, plain.Length);
        Assert.Equal(-1, reply.Bytes.AsSpan().IndexOf(plain.AsSpan(TicketKey.NameSize, TicketKey.SecretSize)));
        Assert.Equal(plain, Open(Opcode.ShareTicketKeyRoots, pair, reply.Payload));
    }

    public static TheoryData<string, byte[]> NoValues => new()
    {
        { "empty", [] },
        { "one byte", [0] },
        { "no value", [0, 0x1D] },
        { "a value too short", [0, 0x1D, .. new byte[31]] },
        { "a value too long", [0, 0x1D, .. new byte[33]] },
        { "a point of low order", [0, 0x1D, .. new byte[32]] },
        { "no point of the curve", [0, 0x17, 4, .. new byte[64]] },
        { "a group that is not served", [0, 0x18, 4, .. new byte[96]] },
        { "a finite field", [1, 0, .. new byte[256]] },
    };

    [Theory, MemberData(nameof(NoValues))]
    public async Task What_nothing_can_be_sealed_to_is_malformed_and_nothing_comes_unsealed(string what, byte[] item)
    {
        await using var server = new TestKeyServer { TicketKeys = true, Roots = new TicketKeyOptions { SharedWith = ["edge-1"] } };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);

        // An empty item is not encoded: it is no item.
        var expected = item.Length == 0 ? KeylessError.None : KeylessError.Malformed;
        Assert.True(expected == (await edge.AskAsync(Sealed(TestRequests.TicketKeys(site, "site.test"), item))).Error, what);
        Assert.True(expected == (await edge.AskAsync(Sealed(TestRequests.Raw(Opcode.ShareTicketKeyRoots, [], []), item))).Error, what);
    }

    [Fact]
    public async Task A_result_that_is_no_secret_stays_as_it_is()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        using var pair = SealedReply.CreatePair(Crypto);
        var hash = new byte[32];

        var reply = await edge.AskAsync(Sealed(TestRequests.CertificateVerify(site.Ski(), (ushort)SignatureScheme.EcdsaSecp256r1Sha256, hash), SealedReply.ItemOf(pair)));

        Assert.Equal(Opcode.Response, reply.Opcode);
        Assert.Equal(0x30, reply.Payload[0]); // a signature in DER
    }

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server)
    {
        var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();
        return edge;
    }

    private static RequestItems Sealed(RequestItems request, byte[] item) => (ref OutgoingItems items) =>
    {
        request(ref items);
        items.SealTo = item;
    };

    private static byte[]? Open(Opcode operation, KeyExchange pair, ReadOnlySpan<byte> payload)
    {
        using var opened = SealedReply.TryOpen(Crypto, operation, pair, SealedReply.ItemOf(pair), payload);
        return opened?.Span.ToArray();
    }
}
