using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 11, triple handshakes (Bhargavan and others 2014): a man in the middle with a certificate of his own makes two sessions, to the client and to the server, with
/// the same master secret; resumed, both have the same transcript too, and what the client then proves to the one it proves to the other.
/// </summary>
[Trait("Attack", "11")]
public sealed class Attack11TripleHandshakeTests : IAsyncDisposable
{
    private static readonly TestAuthority Authority = TestAuthority.Create("Latchkey test sites");
    private static readonly TestCertificate Site = Authority.IssueServer(TestKey.Rsa2048, "site.test");
    private static readonly TestCertificate Attacker = Authority.IssueServer(TestKey.Rsa2048, "attacker.test");

    private readonly SharedTicketKeyRing _ring = new(RandomNumberGenerator.GetBytes(32), TimeSpan.FromHours(12), TimeSpan.FromHours(12), CryptoProvider.Default, TimeProvider.System);
    private readonly MemorySessionCache _cache = new(TimeProvider.System);
    private readonly AttackedEdge _server;

    public Attack11TripleHandshakeTests() => _server = new AttackedEdge(AttackedEdge.Site(
        Site, resumption: new ResumptionOptions { Tickets = new TicketStore("ticket", _ring, CryptoProvider.Default), SessionIdentifiers = _cache }, profile: TlsProfile.Compatible));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_sessions_with_one_master_secret_can_be_made_yet_neither_is_resumed(bool byTicket)
    {
        // The client's own hello, random and premaster, passed on to the server.
        using var middle = await PassOnAsync(extendedMasterSecret: false, byTicket);
        // The contrast: as far as this the attack succeeds, since only the randoms go into the master secret.
        Assert.Equal(middle.Client.Master, middle.ClientsMaster());
        // What it needs next is a session to resume.
        Assert.Null(middle.Client.NewTicket);
        Assert.Empty(middle.Client.ServerSessionId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_extended_master_secret_the_two_sessions_differ_and_a_resumption_of_one_is_none_of_the_other(bool byTicket)
    {
        using var middle = await PassOnAsync(extendedMasterSecret: true, byTicket);
        var clients = middle.ClientsMaster();
        Assert.NotEqual(middle.Client.Master, clients);

        // The client resumes through the attacker, who can only pass on what it says.
        using var client = Returning(middle.Client, clients, extendedMasterSecret: true);
        await client.ConnectAsync(_server.EndPoint);
        await client.SayHelloAsync();
        Assert.True(await client.HearFlightAsync());
        var noticed = await Record.ExceptionAsync(client.HearFinishedAsync);

        Assert.Contains("does not open", noticed?.Message, StringComparison.Ordinal);
        // The attacker itself may of course go on with its own session.
        using var own = Returning(middle.Client, middle.Client.Master, extendedMasterSecret: true);
        Assert.True(await own.ComeBackAsync(_server.EndPoint));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_is_not_resumed_by_a_hello_that_leaves_extended_master_secret_out(bool byTicket)
    {
        using var middle = await PassOnAsync(extendedMasterSecret: true, byTicket);

        using var client = Returning(middle.Client, middle.Client.Master, extendedMasterSecret: false);
        var refused = await Assert.ThrowsAsync<AlertHeardException>(() => client.ComeBackAsync(_server.EndPoint));

        // RFC 7627 §5.3.
        Assert.Equal((byte)AlertDescription.HandshakeFailure, refused.Description);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ring.Dispose();
        _cache.Dispose();
    }

    /// <summary>The attacker's handshake with the server: the client's random, and the premaster that the client has sent it encrypted under the attacker's own key.</summary>
    private async Task<Middle> PassOnAsync(bool extendedMasterSecret, bool byTicket)
    {
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        var client = new HandmadeClient { Suite = HandmadeClient.Rsa, ExtendedMasterSecret = extendedMasterSecret, Ticket = byTicket ? [] : null };
        await client.ConnectAsync(_server.EndPoint);
        await client.SayHelloAsync();
        Assert.False(await client.HearFlightAsync());
        await client.SayKeyExchangeAsync(HandmadeClient.V16(Site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1)), premaster);
        await client.SayFinishedAsync();
        await client.HearFinishedAsync();
        return new Middle(client, premaster);
    }

    private static HandmadeClient Returning(HandmadeClient middle, byte[] master, bool extendedMasterSecret) => new()
    {
        Suite = HandmadeClient.Rsa,
        ExtendedMasterSecret = extendedMasterSecret,
        Ticket = middle.NewTicket,
        SessionId = middle.NewTicket is null ? middle.ServerSessionId : new byte[32],
        Master = master,
    };

    /// <summary>The connection to the server, and what the client has sent the attacker.</summary>
    private sealed record Middle(HandmadeClient Client, byte[] Premaster) : IDisposable
    {
        /// <summary>What the client has, by RFC 5246 §8.1 or RFC 7627 §4: it has seen the attacker's certificate, and encrypted under its key.</summary>
        public byte[] ClientsMaster()
        {
            var list = Attacker.Certificate;
            byte[] certificate = HandmadeClient.Message(11, [0, .. HandmadeClient.V16([0, .. HandmadeClient.V16(list)])]);
            byte[] keyExchange = HandmadeClient.Message(16, HandmadeClient.V16(Attacker.Rsa().Encrypt(Premaster, RSAEncryptionPadding.Pkcs1)));
            var log = Client.Messages.TakeWhile(message => message[0] != 16).Select(message => message[0] == 11 ? certificate : message).Append(keyExchange);
            using var secret = SecretBytes.CopyOf(Premaster);
            ReadOnlyMemory<byte>? sessionHash = Client.ExtendedMasterSecret ? SHA256.HashData((byte[])[.. log.SelectMany(message => message)]) : default(ReadOnlyMemory<byte>?);
            using var master = MasterSecret.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, secret, Client.Random, Client.ServerRandom, sessionHash);
            return master.Span.ToArray();
        }

        public void Dispose() => Client.Dispose();
    }
}
