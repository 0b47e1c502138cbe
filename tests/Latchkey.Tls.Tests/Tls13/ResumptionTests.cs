using System.Buffers;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>RFC 8446 §2.2, §4.2.11 and §4.6.1: sessions go on by pre-shared key, or there is a full handshake.</summary>
[Trait("Catalogue", "R3")]
public sealed class ResumptionTests
{
    private readonly MemoryTickets _tickets = new();
    private readonly TestHandshakeKey _key = TestSite.Key();

    [Fact]
    public async Task A_session_goes_on_without_a_signature_and_keeps_what_it_was()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = await ResumeAsync(options, ticket);
        var connection = await talk.Accepting;
        Assert.Equal(0, talk.Client.SelectedIdentity);
        Assert.Equal(1, _key.Signatures);
        Assert.Null(connection.Info.SignatureScheme);
        Assert.Same(connection.Info.Site.Certificates[0], connection.Info.Certificate);
        Assert.Equal("example.test", connection.Info.Resumed?.ServerName);
        Assert.Equal(new ResumptionAttempt("memory", ResumptionResult.Resumed), connection.Info.Resumption);
        await talk.Client.SendAsync("ping");
        Assert.Equal("ping", await HandshakeTests.ReadAllAsync(connection, 4));
    }

    /// <summary>Found by BoringSSL's runner, whose client ends such a handshake (RFC 6066 §3).</summary>
    [Fact]
    public async Task The_name_is_acknowledged_by_a_full_handshake_and_not_by_a_resumption()
    {
        var options = Options();
        await using var first = new Conversation(options);
        OfferModes(first.Client);
        await first.HandshakeAsync();
        Assert.NotNull(ServerHelloExtensions.Find(first.Client.EncryptedExtensions.Body[2..], ExtensionType.ServerName));
        await using var second = await ResumeAsync(options, await first.Client.ReadTicketAsync());
        Assert.Equal(0, second.Client.SelectedIdentity);
        Assert.Null(ServerHelloExtensions.Find(second.Client.EncryptedExtensions.Body[2..], ExtensionType.ServerName));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Catalogue", "G1")]
    [Trait("Catalogue", "R10")]
    public async Task A_session_does_not_go_on_where_its_clients_certificate_would_not_do(bool isKeptByCustody)
    {
        var custody = isKeptByCustody ? new KeptSessions(_key) : null;
        var resumption = isKeptByCustody ? new ResumptionOptions() : new ResumptionOptions { Tickets = _tickets };
        var ticket = await FirstTicketAsync(TestSite.Options(_key, resumption: resumption, custody: custody));
        // The site has come to require one since, and the session is of a client that showed none.
        var clientCertificates = new ClientCertificates { Mode = ClientCertificateMode.Require, Verifier = new NobodyIsKnown() };
        await using var talk = new Conversation(TestSite.Options(_key, resumption: resumption, custody: custody, clientCertificates: clientCertificates));
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        await talk.Client.SendHelloAsync();
        Assert.Null(ServerHelloExtensions.SelectedIdentity(await talk.Client.ReadMessageAsync(HandshakeType.ServerHello), talk.Client.Hello.SessionId.Length));
    }

    [Fact]
    public async Task There_are_several_tickets_after_a_full_handshake_and_one_after_a_resumption()
    {
        var options = Options(new ResumptionOptions { Tickets = _tickets, Tls13Tickets = 3, Lifetime = TimeSpan.FromMinutes(10) });
        await using var first = new Conversation(options);
        OfferModes(first.Client);
        await first.HandshakeAsync();
        ScriptedKey[] tickets = [await first.Client.ReadTicketAsync(), await first.Client.ReadTicketAsync(), await first.Client.ReadTicketAsync()];
        Assert.Equal(3, tickets.Select(ticket => Convert.ToHexString(ticket.Secret)).Distinct().Count());
        Assert.Equal(3, tickets.Select(ticket => ticket.AgeAdd).Distinct().Count());
        Assert.All(tickets, ticket => Assert.Equal(600u, ticket.Lifetime));
        await using var second = await ResumeAsync(options, tickets[2]);
        var renewed = await second.Client.ReadTicketAsync();
        await second.Client.SendAsync("end");
        Assert.Equal("end", await HandshakeTests.ReadAllAsync(await second.Accepting, 3));
        await using var third = await ResumeAsync(options, renewed);
        Assert.Equal(0, third.Client.SelectedIdentity);
        await third.Accepting;
    }

    [Fact]
    [Trait("Catalogue", "T4")]
    public async Task A_client_that_cannot_use_tickets_gets_none()
    {
        foreach (var modes in (byte[]?[])[null, [0]])
        {
            await using var talk = new Conversation(Options());
            if (modes is not null)
                OfferModes(talk.Client, modes);
            var connection = await talk.HandshakeAsync();
            connection.Application.Output.Write("hello"u8);
            await connection.Application.Output.FlushAsync();
            // The first record after the handshake is data: no ticket came before.
            Assert.Equal("hello", await talk.Client.ReadTextAsync(5));
        }
    }

    [Fact]
    public async Task A_session_is_not_prolonged_by_going_on()
    {
        var clock = new ManualClock();
        var options = TestSite.Options(_key, timeProvider: clock, resumption: new ResumptionOptions { Tickets = _tickets, Lifetime = TimeSpan.FromMinutes(10) });
        var ticket = await FirstTicketAsync(options);
        clock.Advance(TimeSpan.FromMinutes(6));
        await using var second = await ResumeAsync(options, ticket);
        var renewed = await second.Client.ReadTicketAsync();
        Assert.Equal(240u, renewed.Lifetime);
        clock.Advance(TimeSpan.FromMinutes(4));
        await IsFullAsync(options, renewed, ResumptionResult.Outlived);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    [Trait("Attack", "9")]
    public async Task What_does_not_agree_with_the_session_is_a_full_handshake_that_says_why()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await IsFullAsync(options, ticket with { Identity = [1, 2, 3] }, ResumptionResult.Unknown);
        await IsFullAsync(options, ticket, ResumptionResult.ServerNameChanged, hello => hello with { ServerName = null });
        await IsFullAsync(options, ticket, ResumptionResult.SuiteChanged, hello => hello with { Suites = [0x1302] }, DigestAlgorithm.Sha384);

        _tickets.Change = facts => facts with { Site = "other.test" };
        await IsFullAsync(options, await FirstTicketAsync(options), ResumptionResult.SiteChanged);
        _tickets.Change = facts => facts with { Version = TlsVersion.Tls12 };
        await IsFullAsync(options, await FirstTicketAsync(options), ResumptionResult.VersionChanged);
        _tickets.Change = facts => facts with { CertificateFingerprint = new byte[32] };
        await IsFullAsync(options, await FirstTicketAsync(options), ResumptionResult.CertificateChanged);
        _tickets.Change = facts => facts with { ApplicationProtocol = "h2" };
        await IsFullAsync(options, await FirstTicketAsync(options), ResumptionResult.ApplicationProtocolChanged);
    }

    [Fact]
    public async Task A_wrong_binder_of_a_good_ticket_is_decrypt_error_and_of_a_bad_one_nothing()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket with { BinderError = 1 });
        await talk.Client.SendHelloAsync();
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);
        await IsFullAsync(options, ticket with { Identity = [7], BinderError = 1 }, ResumptionResult.Unknown);
    }

    [Fact]
    public async Task A_binder_of_an_external_key_is_none_of_a_session()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket with { Origin = Latchkey.Tls.Tls13.PreSharedKeyOrigin.External });
        await talk.Client.SendHelloAsync();
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);
    }

    [Fact]
    public async Task The_first_acceptable_identity_is_used_but_no_more_than_four_are_looked_at()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        ScriptedKey Unknown(byte name) => ticket with { Identity = [name] };
        await using var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(Unknown(1), Unknown(2), Unknown(3), ticket);
        await talk.HandshakeAsync();
        Assert.Equal(3, talk.Client.SelectedIdentity);

        var before = _tickets.Lookups;
        await using var flood = new Conversation(options);
        flood.Client.Keys = new ScriptedPreSharedKeys(Unknown(1), Unknown(2), Unknown(3), Unknown(4), ticket);
        await flood.HandshakeAsync();
        Assert.Null(flood.Client.SelectedIdentity);
        Assert.Equal(before + 4, _tickets.Lookups);
    }

    [Fact]
    public async Task Psk_without_a_key_exchange_is_not_done()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket) { Modes = [0] };
        await talk.HandshakeAsync();
        Assert.Null(talk.Client.SelectedIdentity);
    }

    [Fact]
    public async Task A_pre_shared_key_without_modes_is_missing_extension()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket) { Modes = null };
        await talk.Client.SendHelloAsync();
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.MissingExtension);
    }

    [Fact]
    public async Task A_client_that_only_has_pre_shared_keys_needs_no_signature_algorithms_unless_none_is_good()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = new Conversation(options);
        talk.Client.Hello = talk.Client.Hello with { Schemes = null };
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        await talk.HandshakeAsync();
        Assert.Equal(0, talk.Client.SelectedIdentity);

        await using var unknown = new Conversation(options);
        unknown.Client.Hello = unknown.Client.Hello with { Schemes = null };
        unknown.Client.Keys = new ScriptedPreSharedKeys(ticket with { Identity = [1] });
        await unknown.Client.SendHelloAsync();
        await unknown.FailsAsync<PeerMisbehavedException>(AlertDescription.MissingExtension);
    }

    [Fact]
    public async Task After_a_HelloRetryRequest_the_binder_covers_both_hellos()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = new Conversation(options);
        talk.Client.Hello = talk.Client.Hello with { Groups = [(ushort)NamedGroup.X25519, (ushort)NamedGroup.Secp256r1] };
        await talk.Client.SendHelloAsync(RetriedHello(talk.Client));
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        await talk.Client.SendSecondHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        Assert.NotNull((await talk.Accepting).Info.Resumed);

        await using var wrong = new Conversation(options);
        wrong.Client.Hello = talk.Client.Hello;
        await wrong.Client.SendHelloAsync(RetriedHello(wrong.Client));
        wrong.Client.Keys = new ScriptedPreSharedKeys(ticket) { BindersIgnoreEarlierMessages = true };
        await wrong.Client.SendSecondHelloAsync();
        await wrong.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);
    }

    [Fact]
    public async Task The_suite_is_one_with_the_sessions_digest()
    {
        var options = Options();
        await using var first = new Conversation(options);
        first.Client.Digest = DigestAlgorithm.Sha384;
        first.Client.Hello = first.Client.Hello with { Suites = [0x1302] };
        OfferModes(first.Client);
        await first.HandshakeAsync();
        var ticket = await first.Client.ReadTicketAsync();
        await using var talk = new Conversation(options);
        talk.Client.Digest = DigestAlgorithm.Sha384;
        talk.Client.Hello = talk.Client.Hello with { Suites = [0x1301, 0x1303, 0x1302] };
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        Assert.Equal(CipherSuite.TLS_AES_256_GCM_SHA384, (await talk.HandshakeAsync()).Info.CipherSuite);
        Assert.Equal(0, talk.Client.SelectedIdentity);
    }

    [Fact]
    public async Task A_ticket_for_one_use_is_used_once_and_only_by_who_has_its_key()
    {
        var options = Options(new ResumptionOptions { Tickets = _tickets, SingleUse = true });
        var ticket = await FirstTicketAsync(options);
        await using (var thief = new Conversation(options))
        {
            thief.Client.Keys = new ScriptedPreSharedKeys(ticket with { BinderError = 1 });
            await thief.Client.SendHelloAsync();
            await thief.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);
        }

        await using (var talk = await ResumeAsync(options, ticket))
            Assert.Equal(0, talk.Client.SelectedIdentity);
        await IsFullAsync(options, ticket, ResumptionResult.UsedBefore);
    }

    [Fact]
    public async Task A_wrong_age_does_not_end_a_session()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        // RFC 8446 §4.2.10: "SHOULD proceed with the handshake but reject 0-RTT".
        await using var talk = await ResumeAsync(options, ticket with { Age = 3_600_000 });
        Assert.Equal(0, talk.Client.SelectedIdentity);
        await talk.Accepting;
    }

    [Fact]
    public async Task Nobody_waits_for_a_ticket_that_takes_time_to_be_made()
    {
        var made = new TaskCompletionSource();
        _tickets.Before = made.Task;
        await using var talk = new Conversation(Options(new ResumptionOptions { Tickets = _tickets, Tls13Tickets = 1 }));
        OfferModes(talk.Client);
        var connection = await talk.HandshakeAsync();
        connection.Application.Output.Write("first"u8);
        await connection.Application.Output.FlushAsync();
        Assert.Equal("first", await talk.Client.ReadTextAsync(5));
        made.SetResult();
        connection.Application.Output.Write("second"u8);
        await connection.Application.Output.FlushAsync();
        var ticket = await talk.Client.ReadTicketAsync();
        Assert.Equal("second", await talk.Client.ReadTextAsync(6));
        await using var next = await ResumeAsync(Options(), ticket);
        Assert.Equal(0, next.Client.SelectedIdentity);
    }

    [Fact]
    public async Task A_connection_that_closes_at_once_still_gets_its_ticket()
    {
        var made = new TaskCompletionSource();
        _tickets.Before = made.Task;
        await using var talk = new Conversation(Options(new ResumptionOptions { Tickets = _tickets, Tls13Tickets = 1 }));
        OfferModes(talk.Client);
        var connection = await talk.HandshakeAsync();
        var closing = connection.Application.Output.CompleteAsync();
        Assert.False(closing.IsCompleted);
        made.SetResult();
        var ticket = await talk.Client.ReadTicketAsync();
        await closing;
        await using var next = await ResumeAsync(Options(), ticket);
        Assert.Equal(0, next.Client.SelectedIdentity);
    }

    [Fact]
    [Trait("Catalogue", "X2")]
    public async Task A_custody_that_keeps_sessions_is_asked_first_and_may_decline()
    {
        var custody = new KeptSessions(_key);
        var options = TestSite.Options(custody: custody, resumption: new ResumptionOptions());
        var ticket = await FirstTicketAsync(options);
        await using (var talk = await ResumeAsync(options, ticket))
        {
            Assert.Equal(0, talk.Client.SelectedIdentity);
            Assert.Equal(ResumptionResult.Resumed, (await talk.Accepting).Info.Resumption?.Result);
        }

        // Tickets ride along with the question: two after a full handshake, one after a resumption.
        Assert.Equal([2, 1], custody.Offers.Select(offer => offer!.Count));
        custody.Declines = true;
        await IsFullAsync(options, ticket, ResumptionResult.Declined);
    }

    [Fact]
    [Trait("Catalogue", "X2")]
    public async Task A_ticket_for_one_use_is_used_once_where_its_custody_keeps_the_session_too()
    {
        var options = TestSite.Options(custody: new KeptSessions(_key), resumption: new ResumptionOptions { SingleUse = true });
        var ticket = await FirstTicketAsync(options);
        await using (var talk = await ResumeAsync(options, ticket))
            Assert.Equal(0, talk.Client.SelectedIdentity);
        await IsFullAsync(options, ticket, ResumptionResult.UsedBefore);
    }

    [Fact]
    public async Task A_hello_with_a_ticket_is_served_or_refused_whatever_byte_of_it_is_changed()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var model = new Conversation(options);
        model.Client.Keys = new ScriptedPreSharedKeys(ticket);
        var record = model.Client.Seal(Latchkey.Tls.Records.ContentType.Handshake, model.Client.MakeHello().Encoded);
        for (var i = record.Length - 120; i < record.Length; i++)
        {
            var changed = (byte[])record.Clone();
            changed[i] ^= 0x41;
            await using var talk = new Conversation(options);
            await talk.Client.SendRawAsync(changed);
            talk.Client.CloseTransport();
            await Assert.ThrowsAnyAsync<TlsException>(() => talk.Accepting.WaitAsync(TimeSpan.FromSeconds(20)));
        }
    }

    private static HandshakeMessage RetriedHello(ScriptedClient client) =>
        (client.Hello with { Shares = [], MoreExtensions = [((ushort)ExtensionType.PskKeyExchangeModes, [1, 1])] }).Encode();

    /// <summary>The ticket is not accepted, and the handshake is as good as any.</summary>
    private static async Task IsFullAsync(TlsServerOptions options, ScriptedKey ticket, ResumptionResult reason, Func<ClientHelloScript, ClientHelloScript>? change = null, DigestAlgorithm digest = DigestAlgorithm.Sha256)
    {
        await using var talk = new Conversation(options);
        talk.Client.Hello = change?.Invoke(talk.Client.Hello) ?? talk.Client.Hello;
        talk.Client.Digest = digest;
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        var connection = await talk.HandshakeAsync();
        Assert.Null(talk.Client.SelectedIdentity);
        Assert.Null(connection.Info.Resumed);
        Assert.NotNull(connection.Info.SignatureScheme);
        Assert.Equal(reason, connection.Info.Resumption?.Result);
    }

    private static void OfferModes(ScriptedClient client, params byte[] modes) =>
        client.Hello = client.Hello with { MoreExtensions = [((ushort)ExtensionType.PskKeyExchangeModes, modes.Length == 0 ? [1, 1] : [(byte)modes.Length, .. modes])] };

    private TlsServerOptions Options(ResumptionOptions? resumption = null) =>
        TestSite.Options(_key, resumption: resumption ?? new ResumptionOptions { Tickets = _tickets });

    private static async Task<ScriptedKey> FirstTicketAsync(TlsServerOptions options)
    {
        await using var talk = new Conversation(options);
        OfferModes(talk.Client);
        await talk.HandshakeAsync();
        return await talk.Client.ReadTicketAsync();
    }

    private static async Task<Conversation> ResumeAsync(TlsServerOptions options, ScriptedKey ticket)
    {
        var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        await talk.Client.HandshakeAsync();
        return talk;
    }

    private sealed class NobodyIsKnown : ClientCertificateVerifier
    {
        public override ValueTask<ClientCertificateVerdict> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset now, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new ClientCertificateVerdict(AlertDescription.UnknownCa, "nobody is known"));
    }
}
