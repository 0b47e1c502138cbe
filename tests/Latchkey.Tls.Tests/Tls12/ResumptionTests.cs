using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Messages;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>The abbreviated handshake by script, message for message.</summary>
public sealed class ResumptionTests
{
    private static readonly string[] Abbreviated =
        ["ServerHello", "ChangeCipherSpec", "write keys", "Finished", "flush", "read ChangeCipherSpec", "read keys", "read"];

    [Fact]
    [Trait("Catalogue", "R3")]
    [Trait("Catalogue", "T4")]
    public async Task A_ticket_goes_out_between_the_finished_messages_and_comes_back()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        Assert.Equal(["read", "NewSessionTicket", "ChangeCipherSpec", "write keys", "Finished", "flush"], client.Channel.Calls[^6..]);
        Assert.Equal(43_200u, client.LifetimeHint);
        Assert.Empty(client.SessionId);
        Assert.True(HasExtension(client, ExtensionType.SessionTicket));

        var info = await client.ResumeAsync(client.BringsTicket());
        Assert.Equal(Abbreviated, client.Channel.Calls);
        Assert.Equal(new ResumptionAttempt("test_ticket", ResumptionResult.Resumed), info.Resumption);
        Assert.Equal("example.test", info.Resumed!.Site);
        Assert.Null(info.Group);
        Assert.Null(info.SignatureScheme);
        Assert.False(HasExtension(client, ExtensionType.SessionTicket));
    }

    [Fact]
    [Trait("Catalogue", "R1")]
    public async Task An_identifier_goes_out_in_the_server_hello_and_comes_back()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesNone());
        var identifier = client.SessionId;
        Assert.Equal(32, identifier.Length);
        Assert.DoesNotContain("NewSessionTicket", client.Channel.Calls);

        for (var i = 0; i < 2; i++)
        {
            var info = await client.ResumeAsync(client.BringsIdentifier());
            Assert.Equal(Abbreviated, client.Channel.Calls);
            Assert.Equal(new ResumptionAttempt("test_session", ResumptionResult.Resumed), info.Resumption);
            Assert.Equal(identifier, client.SessionId);
        }
    }

    [Fact]
    [Trait("Catalogue", "R3")]
    public async Task With_a_ticket_the_clients_own_identifier_comes_back_as_a_sign_of_acceptance()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        byte[] made = [1, 2, 3, 4, 5];
        await client.ResumeAsync(client.BringsTicket(made));
        Assert.Equal(made, client.SessionId);
    }

    [Fact]
    public async Task A_client_gets_a_ticket_or_an_identifier_never_both()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        Assert.Equal((1, 0), (client.Tickets.Count, client.Identifiers.Count));
        await client.FullAsync(ResumingClient.TakesNone());
        Assert.Equal((1, 1), (client.Tickets.Count, client.Identifiers.Count));
    }

    [Fact]
    public async Task The_identifier_of_a_refused_session_does_not_come_back()
    {
        using var client = new ResumingClient();
        byte[] unknown = [.. Enumerable.Repeat((byte)7, 32)];
        Assert.Equal(ResumptionResult.Unknown, await client.FallsBackAsync(ResumingClient.TakesNone(unknown)));
        Assert.NotEqual(unknown, client.SessionId);
    }

    [Fact]
    [Trait("Catalogue", "R8")]
    public async Task A_renewed_ticket_comes_before_change_cipher_spec_and_replaces_the_old_one()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        var old = client.Ticket;
        client.Tickets[old] = client.Tickets[old] with { Established = client.Tickets[old].Established.AddHours(-7) };
        client.Tickets.Renews = true;

        await client.ResumeAsync(client.BringsTicket());
        Assert.Equal(["ServerHello", "NewSessionTicket", "ChangeCipherSpec"], client.Channel.Calls[..3]);
        Assert.NotEqual(old, client.Ticket);
        Assert.True(HasExtension(client, ExtensionType.SessionTicket));
        // The session is not prolonged: 12 h from the full handshake, 7 of which are over.
        Assert.InRange(client.LifetimeHint, (5u * 3600) - 30, 5u * 3600);

        client.Tickets.Renews = false;
        Assert.NotNull((await client.ResumeAsync(client.BringsTicket())).Resumed);
    }

    [Fact]
    [Trait("Catalogue", "R8")]
    public async Task Where_a_ticket_cannot_be_renewed_the_old_one_is_left()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        client.Tickets.Renews = true;
        client.Tickets.Keeps = false;
        await client.ResumeAsync(client.BringsTicket());
        Assert.Equal(Abbreviated, client.Channel.Calls);
    }

    [Fact]
    public async Task A_ticket_that_was_promised_and_cannot_be_made_is_empty()
    {
        using var client = new ResumingClient();
        client.Tickets.Keeps = false;
        await client.FullAsync(ResumingClient.TakesTickets());
        Assert.Empty(client.Ticket);
        Assert.Contains("NewSessionTicket", client.Channel.Calls);
    }

    [Fact]
    [Trait("Attack", "11")]
    public async Task Without_extended_master_secret_nothing_is_kept()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets().Without(ExtensionType.ExtendedMasterSecret), extendedMasterSecret: false);
        Assert.DoesNotContain("NewSessionTicket", client.Channel.Calls);
        await client.FullAsync(ResumingClient.TakesNone().Without(ExtensionType.ExtendedMasterSecret), extendedMasterSecret: false);
        Assert.Empty(client.SessionId);
        Assert.Equal((0, 0), (client.Tickets.Count, client.Identifiers.Count));
    }

    [Fact]
    [Trait("Attack", "11")]
    public async Task A_session_is_not_resumed_without_the_extended_master_secret_it_has()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        var refused = await Assert.ThrowsAsync<PeerMisbehavedException>(() => client.ResumeAsync(client.BringsTicket().Without(ExtensionType.ExtendedMasterSecret)));
        Assert.Equal(AlertDescription.HandshakeFailure, refused.Alert);
        Assert.Empty(client.Channel.Calls);
    }

    [Fact]
    public async Task A_wrong_finished_is_a_decrypt_error()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        var refused = await Assert.ThrowsAsync<PeerMisbehavedException>(() => client.ResumeAsync(client.BringsTicket(), spoil: true));
        Assert.Equal(AlertDescription.DecryptError, refused.Alert);
    }

    [Fact]
    public async Task The_name_is_not_answered_again_and_the_record_size_limit_is()
    {
        using var client = new ResumingClient();
        HelloBuilder Named(HelloBuilder hello) => hello.With(ExtensionType.ServerName, HelloBuilder.ServerName("example.test")).With(ExtensionType.RecordSizeLimit, HelloBuilder.U16(1000));
        await client.FullAsync(Named(ResumingClient.TakesTickets()));
        Assert.True(HasExtension(client, ExtensionType.ServerName));
        await client.ResumeAsync(Named(client.BringsTicket()));
        Assert.False(HasExtension(client, ExtensionType.ServerName));
        Assert.True(HasExtension(client, ExtensionType.RecordSizeLimit));
        Assert.True(HasExtension(client, ExtensionType.ExtendedMasterSecret));
        Assert.Equal(1000, client.Channel.MaxPlaintextSize);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_session_of_another_name_protocol_or_suite_is_a_full_handshake()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        Assert.Equal(ResumptionResult.ServerNameChanged, await client.FallsBackAsync(client.BringsTicket().With(ExtensionType.ServerName, HelloBuilder.ServerName("example.test"))));

        await client.FullAsync(ResumingClient.TakesTickets());
        var other = client.BringsTicket();
        Assert.Equal(ResumptionResult.SuiteChanged, await client.FallsBackAsync(new HelloBuilder { Suites = [0xC02C], Extensions = other.Extensions }));
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task The_suite_of_the_session_is_kept_though_another_would_be_chosen_now()
    {
        using var client = new ResumingClient();
        var hello = ResumingClient.TakesTickets();
        await client.FullAsync(new HelloBuilder { Suites = [0xC02C], Extensions = hello.Extensions });
        Assert.Equal(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, (await client.ResumeAsync(client.BringsTicket())).CipherSuite);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task An_outlived_session_is_a_full_handshake_with_a_new_ticket()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesTickets());
        var old = client.Ticket;
        client.Tickets[old] = client.Tickets[old] with { Established = client.Tickets[old].Established.AddHours(-12) };
        Assert.Equal(ResumptionResult.Outlived, await client.FallsBackAsync(client.BringsTicket()));
        Assert.NotEqual(old, client.Ticket);
        Assert.NotNull((await client.ResumeAsync(client.BringsTicket())).Resumed);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task An_unknown_ticket_is_a_full_handshake_even_beside_a_known_identifier()
    {
        using var client = new ResumingClient();
        await client.FullAsync(ResumingClient.TakesNone());
        var hello = client.BringsIdentifier().With(ExtensionType.SessionTicket, new byte[100]);
        Assert.Equal(ResumptionResult.Unknown, await client.FallsBackAsync(hello));
    }

    private static bool HasExtension(ResumingClient client, ExtensionType type)
    {
        var body = client.Channel.Body(HandshakeType.ServerHello).ToArray();
        for (var at = 35 + body[34] + 5; at < body.Length; at += 4 + ((body[at + 2] << 8) | body[at + 3]))
        {
            if (((body[at] << 8) | body[at + 1]) == (int)type)
                return true;
        }
        return false;
    }
}
