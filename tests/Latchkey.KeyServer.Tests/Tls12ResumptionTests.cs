using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operation 46: a session goes on under its own key, name and time only, and everything else is one answer.</summary>
public sealed class Tls12ResumptionTests : IAsyncLifetime
{
    private static readonly byte[] Identifier = RandomNumberGenerator.GetBytes(32);

    private readonly ShiftedTime _time = new();
    private TestKeyServer _server = null!;
    private TestCertificate _site = null!;
    private TestCertificate _other = null!;
    private TestEdge _edge = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new TestKeyServer { RawOperations = false, Time = _time };
        _site = _server.AddKey(TestKey.Rsa2048, "site.test");
        _other = _server.AddKey(TestKey.EcdsaP256, "other.test");
        await _server.StartAsync();
        _edge = await _server.ConnectAsync();
        await _edge.NegotiateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Catalogue", "R2")]
    [Trait("Catalogue", "R4")]
    [Trait("Catalogue", "R8")]
    public async Task Keys_for_new_randoms_and_both_Finished_values_are_the_clients(bool byTicket)
    {
        var (master, ticket) = await EstablishAsync(byTicket);
        var exchange = Begin() with { PromisesTicket = byTicket, SessionId = byTicket ? [] : Identifier };

        var reply = await AskAsync(exchange, ticket);

        Assert.True(ResumeTls12Reply.TryRead(reply.Payload, out var resumed), reply.Error.ToString());
        var keys = resumed.Keys;
        using var encoded = SecretBytes.CopyOf(resumed.Session);
        using var session = SessionStateEncoding.TryDecode(encoded);
        var left = (int)(session!.Facts.Established + session.Facts.Lifetime - session.Facts.Issued).TotalSeconds;
        Assert.InRange(left, 3590, 3600);
        Assert.True(session.Secret.FixedTimeEquals(new byte[48]));
        byte[] newSessionTicket = byTicket ? Tls12Exchange.Message(4, [0, 0, (byte)(left >> 8), (byte)left, (byte)(keys.Ticket.Length >> 8), (byte)keys.Ticket.Length, .. keys.Ticket]) : [];
        byte[] messages = [.. exchange.ClientHello, .. exchange.ServerHello, .. newSessionTicket];
        Assert.Equal(exchange.KeyBlock(master, 2 * (16 + 4)), keys.KeyBlock.ToArray());
        Assert.Equal(exchange.VerifyData(master, "server finished", messages), keys.ServerVerifyData.ToArray());
        Assert.Equal(exchange.VerifyData(master, "client finished", [.. messages, .. Tls12Exchange.Message(20, keys.ServerVerifyData.ToArray())]), keys.ClientVerifyData.ToArray());
        Assert.Equal(byTicket, !keys.Ticket.IsEmpty);
        Assert.False(keys.Ticket.SequenceEqual(ticket) && byTicket);
        Assert.Equal(-1, reply.Payload.AsSpan().IndexOf(master));
    }

    [Fact]
    [Trait("Catalogue", "R4")]
    public async Task The_suite_is_the_sessions_whatever_the_edge_put_in_its_place()
    {
        var (master, ticket) = await EstablishAsync(byTicket: true);
        var exchange = Begin();
        // The hello offers both; a full handshake would have taken the other one.
        var asked = exchange with { Suite = CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384 };
        var request = Patch(asked.Resume(ticket, []), asked.ClientHello, exchange.ClientHello);

        var reply = await _edge.AskAsync(request);

        Assert.True(ResumeTls12Reply.TryRead(reply.Payload, out var resumed), reply.Error.ToString());
        byte[] messages = [.. exchange.ClientHello, .. exchange.ServerHello];
        Assert.Equal(exchange.VerifyData(master, "server finished", messages), resumed.Keys.ServerVerifyData.ToArray());
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    [Trait("Attack", "9")]
    public async Task Altered_foreign_outlived_and_unknown_sessions_are_one_answer()
    {
        var (_, ticket) = await EstablishAsync(byTicket: true);
        await EstablishAsync(byTicket: false);
        async Task AssertUnknownAsync(Tls12Exchange exchange, byte[] with, byte[]? identifier = null) =>
            Assert.Equal(KeylessError.SessionUnknown, (await _edge.AskAsync(exchange.Resume(with, with.Length > 0 ? [] : identifier ?? Identifier))).Error);

        for (var i = 0; i < ticket.Length; i += 5)
        {
            byte[] altered = [.. ticket];
            altered[i] ^= 0x10;
            await AssertUnknownAsync(Begin(), altered);
        }
        await AssertUnknownAsync(Begin(), [1]);
        await AssertUnknownAsync(Begin() with { Ski = _other.Ski() }, ticket);
        await AssertUnknownAsync(Begin() with { Ski = _other.Ski() }, []);
        await AssertUnknownAsync(Begin() with { ServerName = "other.test" }, ticket);
        await AssertUnknownAsync(Begin() with { Suite = CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384 }, ticket);
        await AssertUnknownAsync(Begin(), [], RandomNumberGenerator.GetBytes(32));
        Assert.Equal(KeylessError.None, (await AskAsync(Begin(), ticket)).Error);
        _time.By = TimeSpan.FromMinutes(61);
        await AssertUnknownAsync(Begin(), ticket);
        await AssertUnknownAsync(Begin(), []);
    }

    [Fact]
    [Trait("Attack", "6")]
    [Trait("Attack", "21")]
    public async Task A_recorded_resumption_or_one_of_another_name_cannot_be_asked_about()
    {
        var (_, ticket) = await EstablishAsync(byTicket: true);

        Assert.Equal(KeylessError.Malformed, (await AskAsync(Begin() with { NameForPolicy = "other.test" }, ticket)).Error);
        Assert.Equal(KeylessError.Malformed, (await AskAsync(Begin() with { ForeignServerRandom = RandomNumberGenerator.GetBytes(32) }, ticket)).Error);
    }

    [Fact]
    [Trait("Attack", "11")]
    public async Task No_session_is_made_without_extended_master_secret_or_beside_the_handshake()
    {
        var exchange = Begin() with { PromisesTicket = true };
        var encrypted = _site.Rsa().Encrypt([3, 3, .. new byte[46]], RSAEncryptionPadding.Pkcs1);
        async Task AssertRefusedAsync(Tls12Exchange about, SessionFacts? session, byte[]? identifier = null) =>
            Assert.Equal(KeylessError.Malformed, (await _edge.AskAsync(about.Agree(KeyExchangeLevel.SessionKeys, [], encrypted, session: session, identifier: identifier))).Error);
        var facts = exchange.Facts(_time.GetUtcNow());

        await AssertRefusedAsync(exchange with { Extended = false }, facts);
        await AssertRefusedAsync(exchange, facts with { CipherSuite = CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384 });
        await AssertRefusedAsync(exchange, null);
        await AssertRefusedAsync(exchange, facts, Identifier);
    }

    [Fact]
    [Trait("Catalogue", "R7")]
    public async Task At_the_level_of_the_master_secret_the_sessions_state_comes_along()
    {
        var exchange = Begin() with { PromisesTicket = true };
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        var encrypted = _site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1);

        var answer = await _edge.AskAsync(exchange.Agree(KeyExchangeLevel.MasterSecret, [], encrypted, session: exchange.Facts(_time.GetUtcNow())));

        Assert.True(MasterSecretReply.TryRead(answer.Payload, out var reply), answer.Error.ToString());
        using var encoded = SecretBytes.CopyOf(reply.Session);
        using var state = SessionStateEncoding.TryDecode(encoded);
        Assert.Equal(exchange.MasterSecret(premaster, exchange.Messages(encrypted, prefix: 2)), state!.Secret.Span.ToArray());
        Assert.Equal("h2", state.Facts.ApplicationProtocol);
    }

    private Tls12Exchange Begin() => new(_site.Ski(), CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256);

    private Task<Reply> AskAsync(Tls12Exchange exchange, byte[] ticket) => _edge.AskAsync(exchange.Resume(ticket, ticket.Length > 0 ? [] : Identifier));

    /// <summary>A session whose master secret the test knows; without a ticket it is kept under <see cref="Identifier"/>.</summary>
    private async Task<(byte[] Master, byte[] Ticket)> EstablishAsync(bool byTicket)
    {
        var exchange = Begin() with { PromisesTicket = byTicket };
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        var encrypted = _site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
        var answer = await _edge.AskAsync(exchange.Agree(KeyExchangeLevel.SessionKeys, [], encrypted, session: exchange.Facts(_time.GetUtcNow()), identifier: byTicket ? null : Identifier));
        Assert.True(SessionKeysReply.TryRead(answer.Payload, out var keys), answer.Error.ToString());
        Assert.Equal(byTicket, !keys.Ticket.IsEmpty);
        return (exchange.MasterSecret(premaster, exchange.Messages(encrypted, prefix: 2)), keys.Ticket.ToArray());
    }

    /// <summary>The same request about another ClientHello of the same length.</summary>
    private static RequestItems Patch(RequestItems request, byte[] from, byte[] to)
    {
        var items = new OutgoingItems();
        request(ref items);
        var payload = items.Payload.ToArray();
        to.CopyTo(payload, payload.AsSpan().IndexOf(from));
        var ski = items.SubjectKeyIdentifier.ToArray();
        return (ref changed) =>
        {
            changed.Opcode = Opcode.ResumeTls12;
            changed.SubjectKeyIdentifier = ski;
            changed.ServerName = "site.test"u8;
            changed.Payload = payload;
        };
    }
}
