using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 4F: verifies the Finished of a client that was asked for a certificate, and makes the tickets (F2, R4). The messages are hashed here, and must
/// begin with the flight that operation 47 answered. Whether the client's certificate is good is the edge's to say, which asked for it; that the client has its key
/// is verified here too, because the tickets say who the client is, to all edges.
/// </summary>
internal sealed class VerifyFinished : KeyOperation
{
    public override string Name => "verify_finished";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.Exchange, KeyCustody.SessionKeys, Continues: true);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        VerifyFinishedRequest.TryRead(items.Payload, out _) ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override bool IsAskedOnce => true;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!VerifyFinishedRequest.TryRead(items.Payload, out var request) || !HandshakeTranscript.TrySplit(request.Transcript, out var messages))
            return OperationResult.Failed(KeylessError.Malformed);
        using var end = SealedTls13End.TryOpen(request.State, lease, services);
        if (end is null)
            return OperationResult.Failed(KeylessError.StateNotOpened);
        if (!services.Freshness.AdmitsState(lease.Asked, items.Opcode, Name, request.State, end.SealedAt))
            return OperationResult.Failed(KeylessError.Replayed);
        var flight = 1 + messages.FindIndex(message => message.Type == HandshakeType.Finished);
        using var transcript = HandshakeTranscript.Of(services.Crypto, end.CipherSuite.Digest(), messages[..flight]);
        var throughFinished = transcript.CurrentHash();
        if (!throughFinished.AsSpan().SequenceEqual(end.TranscriptHash) || !TryReadCertificates(messages[flight..], out var certificates))
            return OperationResult.Failed(KeylessError.Malformed);
        foreach (var message in messages[flight..])
        {
            if (message.Type == HandshakeType.CertificateVerify
                && !ProvenClient.Is(certificates[0], message, CertificateVerifyContent.ForClient(transcript.CurrentHash()), TlsVersion.Tls13, services.Crypto))
            {
                return OperationResult.Failed(KeylessError.Malformed);
            }
            transcript.Append(message);
        }
        using var secrets = ApplicationSecrets.Import(services.Crypto, end.CipherSuite.Digest(), end.Secrets.Span, throughFinished);
        using var clientTraffic = secrets.ClientTraffic;
        using var serverTraffic = secrets.ServerTraffic;
        if (!secrets.VerifyClientFinished(transcript.CurrentHash(), request.VerifyData))
            return Reply(isRight: false, []) with { Digest = throughFinished };
        transcript.Append(Finished.Encode(request.VerifyData));
        return Reply(isRight: true, MakeTickets(end, secrets, transcript, certificates, lease, services)) with { Digest = throughFinished };
    }

    /// <summary>Certificate, and CertificateVerify unless it is empty.</summary>
    private static bool TryReadCertificates(List<HandshakeMessage> messages, out IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        certificates = [];
        if (messages is not ([{ Type: HandshakeType.Certificate }] or [{ Type: HandshakeType.Certificate }, { Type: HandshakeType.CertificateVerify }]))
            return false;
        try
        {
            certificates = CertificateMessage.Parse13(messages[0]);
            return certificates.Count > 0 == (messages.Count == 2);
        }
        catch (TlsException)
        {
            return false;
        }
    }

    private static byte[] MakeTickets(SealedTls13End end, ApplicationSecrets secrets, Transcript transcript, IReadOnlyList<ReadOnlyMemory<byte>> certificates, KeyLease lease, OperationServices services)
    {
        if (end.Session is not { } offer)
            return [];
        var tickets = new SessionTickets(lease, offer.Facts.Site, services);
        return Tls13FlightEnd.Encode(Completed.Of(ResumptionTickets.MakeAsync(
            secrets, transcript, offer with { Facts = offer.Facts with { ClientCertificates = certificates } }, tickets.Store, CancellationToken.None)));
    }

    private static OperationResult Reply(bool isRight, byte[] tickets)
    {
        var fields = new FieldWriter(1024);
        new VerifyFinishedReply { IsRight = isRight, Tickets = tickets }.Write(ref fields);
        return OperationResult.Of(fields.Written.ToArray());
    }
}
