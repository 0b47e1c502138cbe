using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>External pre-shared keys beside a certificate, RFC 8446 §4.2.11.</summary>
[Trait("Catalogue", "G4")]
public sealed class ExternalKeyTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("a secret of sixteen bytes, or more");

    [Theory]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    public async Task A_client_that_knows_the_key_needs_no_certificate(DigestAlgorithm digest)
    {
        await using var talk = new Conversation(Options(digest));
        talk.Client.Digest = digest;
        talk.Client.Keys = new ScriptedPreSharedKeys(Key(digest));
        var connection = await talk.HandshakeAsync();
        Assert.Equal(0, talk.Client.SelectedIdentity);
        Assert.Equal(digest, connection.Info.CipherSuite.Digest());
        Assert.Null(connection.Info.Certificate);
        Assert.Null(connection.Info.Resumed);
        Assert.Null(connection.Info.Resumption);
    }

    [Fact]
    public async Task A_client_that_does_not_know_the_key_is_decrypt_error_and_one_with_a_stranger_s_sees_the_certificate()
    {
        await using var wrong = new Conversation(Options());
        wrong.Client.Keys = new ScriptedPreSharedKeys(Key() with { Secret = [1, 2, 3] });
        await wrong.Client.SendHelloAsync();
        await wrong.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);

        await using var unknown = new Conversation(Options());
        unknown.Client.Keys = new ScriptedPreSharedKeys(Key() with { Identity = [9] });
        Assert.NotNull((await unknown.HandshakeAsync()).Info.Certificate);
    }

    [Fact]
    public async Task A_sessions_binder_does_not_pass_for_an_external_keys()
    {
        await using var talk = new Conversation(Options());
        talk.Client.Keys = new ScriptedPreSharedKeys(Key() with { Origin = PreSharedKeyOrigin.Resumption });
        await talk.Client.SendHelloAsync();
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);
    }

    [Fact]
    public async Task No_session_outlives_the_key_and_no_early_data_goes_with_it()
    {
        var options = Options();
        await using var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(Key()) { EarlyData = true };
        await talk.Client.SendHelloAsync();
        await talk.Client.SendAsync("early");
        await talk.Client.ReadServerFlightAsync();
        Assert.False(talk.Client.AcceptsEarlyData);
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        var connection = await talk.Accepting;
        await connection.Application.Output.WriteAsync("data"u8.ToArray());
        // No ticket comes before.
        Assert.Equal("data", await talk.Client.ReadTextAsync(4));
    }

    [Fact]
    public async Task A_ticket_and_an_external_key_are_offered_together_and_the_ticket_comes_first()
    {
        var options = Options();
        await using var first = new Conversation(options);
        first.Client.Hello = first.Client.Hello with { MoreExtensions = [((ushort)ExtensionType.PskKeyExchangeModes, [1, 1])] };
        await first.HandshakeAsync();
        var ticket = await first.Client.ReadTicketAsync();
        await using var both = new Conversation(options);
        both.Client.Keys = new ScriptedPreSharedKeys(ticket, Key());
        Assert.NotNull((await both.HandshakeAsync()).Info.Resumed);
        await using var stale = new Conversation(options);
        stale.Client.Keys = new ScriptedPreSharedKeys(ticket with { Identity = [1, 2] }, Key());
        Assert.Null((await stale.HandshakeAsync()).Info.Certificate);
        Assert.Equal(1, stale.Client.SelectedIdentity);
    }

    private static ScriptedKey Key(DigestAlgorithm digest = DigestAlgorithm.Sha256) => new()
    {
        Identity = Encoding.ASCII.GetBytes("device-7"),
        Secret = Secret,
        Origin = PreSharedKeyOrigin.External,
        Suite = digest == DigestAlgorithm.Sha256 ? CipherSuite.TLS_AES_128_GCM_SHA256 : CipherSuite.TLS_AES_256_GCM_SHA384,
    };

    private static TlsServerOptions Options(DigestAlgorithm digest = DigestAlgorithm.Sha256) => TestSite.Options(
        resumption: new ResumptionOptions { Tickets = new MemoryTickets(), MaxEarlyData = 1000 },
        preSharedKeys: new LocalPreSharedKeys([new PreSharedKey(Encoding.ASCII.GetBytes("device-7"), SecretBytes.CopyOf(Secret), digest)]));
}
