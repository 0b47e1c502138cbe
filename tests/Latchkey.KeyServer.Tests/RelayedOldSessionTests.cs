using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>
/// Attack 1 on relayed sessions: an edge that may be handed the master secret of its own handshakes submits a ticket or an identifier that it has seen on the wire. At a
/// resumption the client need prove nothing before the hand-over, and the master secret is the one that the recorded session ran under.
/// </summary>
[Trait("Attack", "1")]
[Trait("Catalogue", "R11")]
public sealed class RelayedOldSessionTests
{
    private const byte NewSessionTicket = 4;
    private const byte Certificate = 11;

    [Theory]
    [InlineData(HandshakeResumptionFlags.Tickets)]
    [InlineData(HandshakeResumptionFlags.Identifiers)]
    public async Task The_master_secret_of_a_session_that_was_not_handed_over_is_not_handed_over_at_a_resumption(HandshakeResumptionFlags arrangement)
    {
        await using var server = new TestKeyServer { RawOperations = false, HandOverMasterSecret = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();
        await using var attacker = await server.ConnectAsync("edge-2");
        await attacker.NegotiateAsync();
        var recorded = await EstablishAsync(edge, site, arrangement);

        var again = RelayRequests.ReadSteps(await BeginAsync(edge, site, recorded, arrangement, finished: 0)).Steps;
        var stolen = RelayRequests.ReadSteps(await BeginAsync(attacker, site, recorded, arrangement, finished: 1)).Steps;

        // Where it belongs the session goes on; for the attacker a full handshake begins.
        Assert.DoesNotContain(again, IsCertificate);
        Assert.Contains(stolen, IsCertificate);
        Assert.Equal(HandshakeStepKind.AwaitMessage, stolen[^1].Kind);
    }

    /// <summary>A full handshake with the Finished at the key server.</summary>
    /// <returns>The hello with which the client comes back.</returns>
    private static async Task<byte[]> EstablishAsync(TestEdge edge, TestCertificate site, HandshakeResumptionFlags arrangement)
    {
        var takesTickets = arrangement == HandshakeResumptionFlags.Tickets;
        var hello = RelayRequests.ClientHello(ticket: takesTickets ? [] : null);
        var (handshake, first) = RelayRequests.ReadSteps(await BeginAsync(edge, site, hello, arrangement, finished: 0));
        var messages = first.Where(step => step.Kind == HandshakeStepKind.Message).Select(step => step.Content).ToArray();
        // The client's value is the base point, so that the shared secret is the server's value.
        using var premaster = SecretBytes.CopyOf(messages[2].AsSpan(8, 32));
        byte[] transcript = [.. hello, .. messages.SelectMany(message => message), .. RelayRequests.ClientKeyExchange()];
        var hash = SHA256.HashData(transcript);
        using var master = MasterSecret.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, premaster, new byte[32], new byte[32], hash);
        RelayRequests.Read(await ContinueAsync(edge, site, handshake, RelayRequests.ClientKeyExchange()));
        var finished = RelayRequests.Message(20, VerifyData.OfClient(CryptoProvider.Default, DigestAlgorithm.Sha256, master, hash));
        var (_, last) = RelayRequests.ReadSteps(await ContinueAsync(edge, site, handshake, finished));
        Assert.Equal(HandshakeStepKind.Agreed, last[^1].Kind);
        return takesTickets
            ? RelayRequests.ClientHello(ticket: last.Single(step => step.Kind == HandshakeStepKind.Message && step.Content[0] == NewSessionTicket).Content[10..])
            : RelayRequests.ClientHello(identifier: messages[0][39..71]);
    }

    private static bool IsCertificate((HandshakeStepKind Kind, byte[] Content) step) => step.Kind == HandshakeStepKind.Message && step.Content[0] == Certificate;

    private static Task<Reply> BeginAsync(TestEdge edge, TestCertificate site, byte[] hello, HandshakeResumptionFlags arrangement, byte finished) =>
        edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site, hello, finished, resumption: new HandshakeResumption(arrangement, 3600, 2))));

    private static Task<Reply> ContinueAsync(TestEdge edge, TestCertificate site, ulong handshake, byte[] message) =>
        edge.AskAsync(RelayRequests.Ask(Opcode.ContinueHandshake, site.Ski(), RelayRequests.Continue(handshake, message)));
}
