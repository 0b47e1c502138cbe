using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The one question of a TLS 1.2 resumption whose secret is at the key server (operation 46; R2, R4, R8, R9).</summary>
internal static class Tls12ResumptionAtKeyServer
{
    private const string Name = "resume TLS 1.2";

    /// <summary>Asks. null: the session is unknown there, or may not go on, or the hello is too long for the question.</summary>
    /// <param name="ticket">Or what the edge kept for the identifier; null: the key server keeps the session under the identifier in ClientHello.</param>
    /// <exception cref="KeyHolderFailedException">Refused, unreachable, late; or the answer is none.</exception>
    public static async ValueTask<Tls12ResumedSession?> AskAsync(KeyServerClient client, Tls12ResumptionQuestion question, SecretBytes? ticket, CancellationToken cancellationToken)
    {
        var handshake = question.Handshake;
        if (question.ClientHello.Encoded.Length + (ticket?.Length ?? 0) > QuestionSize.MaxMessages)
            return null;
        var random = FreshServerRandom.Create(handshake.Sentinel, handshake.TimeProvider);
        using var arguments = Arguments(question, ticket, random);
        var started = handshake.TimeProvider.GetTimestamp();
        var reply = await client.ExecuteAsync(new StructuredOperation(Name, Opcode.ResumeTls12, handshake, arguments, secret: true), mayFail: false, cancellationToken);
        handshake.Observer?.KeyOperation(Name, handshake.TimeProvider.GetElapsedTime(started));
        using var result = reply.Secret;
        return result is null ? null : Read(result.Span, client, question, random);
    }

    private static Tls12ResumedSession? Read(ReadOnlySpan<byte> payload, KeyServerClient client, Tls12ResumptionQuestion question, FreshServerRandom random)
    {
        if (!ResumeTls12Reply.TryRead(payload, out var reply)
            || SessionDescription.TryDecode(reply.Session) is not { Version: TlsVersion.Tls12 } facts
            || RemoteTls12Secrets.TryRead(facts.CipherSuite, reply.Keys) is not { } secrets)
        {
            throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" answered \"{Name}\" with something else.");
        }
        // encrypt_then_mac goes with AES-CBC only: where the session has it and a full handshake would not, or the other way round, Finished covers another ServerHello.
        var serverHello = question.ServerHello(random.Value, facts.CipherSuite);
        if (serverHello.Encoded.Length == question.ServerHello(random.Value, question.Handshake.CipherSuite).Encoded.Length)
            return new Tls12ResumedSession(facts, serverHello, secrets);
        secrets.Dispose();
        return null;
    }

    private static SecretBytes Arguments(Tls12ResumptionQuestion question, SecretBytes? ticket, FreshServerRandom random)
    {
        var fields = new FieldWriter(2048);
        try
        {
            new ResumeTls12Request
            {
                Ticket = ticket is null ? default : ticket.Span,
                SessionIdentifier = ticket is null ? question.Handshake.ClientHello.SessionId.Span : default,
                ServerNonce = random.Nonce.Span,
                Sentinel = (byte)random.Sentinel,
                Renews = question.Renewal is not null,
                ClientHello = question.ClientHello.Encoded.Span,
                // The suite of the session is put in at the key server: any stands for it.
                ServerHello = question.ServerHello(random.Value, question.Handshake.CipherSuite).Encoded.Span,
            }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }
}
