using System.Buffers.Binary;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 46: a TLS 1.2 session whose master secret is kept here goes on: keys for new randoms, both Finished values, and a new ticket (R2, R4, R8, R9).
/// Whatever speaks against it is one answer, upon which the edge does a full handshake (R10).
/// </summary>
internal sealed class ResumeTls12 : KeyOperation
{
    public override string Name => "resume_tls12";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.Resume, KeyCustody.SessionKeys);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        ResumeTls12Request.TryRead(items.Payload, out _) ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override bool IsAskedOnce => true;

    public override ReadOnlySpan<byte> Nonce(in KeylessItems items) => ResumeTls12Request.TryRead(items.Payload, out var request) ? request.ServerNonce : default;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!ResumeTls12Request.TryRead(items.Payload, out var request) || ReadHellos(request, items) is not { } hellos)
            return OperationResult.Failed(KeylessError.Malformed);
        var sessions = new Tls12Sessions(lease, services);
        using var state = request.Ticket.IsEmpty ? sessions.Find(request.SessionIdentifier) : sessions.TryOpen(request.Ticket);
        var now = services.Time.GetUtcNow();
        if (state is null || ResumptionPolicy.Judge(state.Facts, Terms(hellos.Client, state.Facts, now)) != ResumptionResult.Resumed)
            return OperationResult.Failed(KeylessError.SessionUnknown);
        // Whole milliseconds, as sessions are kept: edge and key server derive the same lifetime hint from it.
        var facts = request.Renews ? state.Facts with { Issued = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()) } : state.Facts;
        return Reply(hellos, facts, state.Secret, request.Renews ? sessions.Seal(facts, state.Secret) : [], services.Crypto) with { Digest = HandshakeDigest.Of(hellos.Client.Random.Span, hellos.Server.Random.Span) };
    }

    /// <summary>null: malformed, or not the ServerHello of the nonce.</summary>
    private static Hellos? ReadHellos(scoped in ResumeTls12Request request, scoped in KeylessItems items)
    {
        if (!HandshakeTranscript.TrySplit(request.ClientHello, out var client) || client is not [var clientMessage]
            || !HandshakeTranscript.TrySplit(request.ServerHello, out var server) || server is not [var serverMessage]
            || Tls12Messages.TryParse(clientMessage) is not { } clientHello || ServerHello12Content.TryRead(serverMessage) is not { } serverHello)
        {
            return null;
        }
        var random = FreshServerRandom.Derive(request.ServerNonce, (DowngradeSentinel)request.Sentinel);
        return Tls12Messages.IsNamed(clientHello, items) && serverHello.Random.Span.SequenceEqual(random.Value.Span) && serverHello.SessionTicket == request.Renews
            ? new Hellos(clientMessage, clientHello, serverMessage, serverHello)
            : null;
    }

    // What only the edge knows (its sites, their certificates, the application protocol) the edge judges by the facts in the reply. Extended master secret it
    // judges too: a hello without it ends the handshake (RFC 7627 §5.3), where a session that is unknown does not.
    private static ResumptionTerms Terms(ClientHello hello, SessionFacts session, DateTimeOffset now) => new()
    {
        Version = TlsVersion.Tls12,
        CipherSuites = [.. hello.CipherSuites],
        Site = session.Site,
        ServerName = hello.ServerName,
        ApplicationProtocol = session.ApplicationProtocol,
        CertificateFingerprints = [session.CertificateFingerprint],
        Lifetime = ResumptionPolicy.MaxLifetime,
        Now = now,
        EncryptThenMac = hello.EncryptThenMac,
    };

    private static OperationResult Reply(Hellos hellos, SessionFacts facts, SecretBytes master, byte[] ticket, CryptoProvider crypto)
    {
        var digest = facts.CipherSuite.Digest();
        var serverHello = hellos.ServerMessage.Encoded.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(serverHello.AsSpan(hellos.Server.SuiteOffset), (ushort)facts.CipherSuite);
        using var transcript = HandshakeTranscript.Of(crypto, digest, [hellos.ClientMessage, new HandshakeMessage(serverHello)]);
        if (hellos.Server.SessionTicket)
            transcript.Append(NewSessionTicket12.Encode(facts, ticket));
        var serverVerifyData = VerifyData.OfServer(crypto, digest, master, transcript.CurrentHash());
        transcript.Append(Finished.Encode(serverVerifyData));
        var clientVerifyData = VerifyData.OfClient(crypto, digest, master, transcript.CurrentHash());
        using var block = KeyBlock.DeriveBlock(crypto, facts.CipherSuite, master, hellos.Client.Random.Span, hellos.Server.Random.Span);
        var fields = new FieldWriter(1024);
        try
        {
            new ResumeTls12Reply
            {
                Session = SessionDescription.Encode(facts),
                Keys = new SessionKeysReply { KeyBlock = block.Span, ClientVerifyData = clientVerifyData, ServerVerifyData = serverVerifyData, Ticket = ticket },
            }.Write(ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }

    private sealed record Hellos(HandshakeMessage ClientMessage, ClientHello Client, HandshakeMessage ServerMessage, ServerHello12Content Server);
}
