using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>Sends the question of a TLS 1.3 flight to a key server and checks what comes back before anything is done with it.</summary>
internal sealed class Tls13Questions(KeyServerClient client, HandshakeFacts facts)
{
    private const string AnswerName = "answer TLS 1.3";

    /// <summary>Asks for a flight that the certificate's key signs (operation 47).</summary>
    /// <returns>The payload of an <see cref="AnswerTls13Reply"/>, the caller's to dispose.</returns>
    public async ValueTask<SecretBytes> AnswerAsync(Tls13Question question, Tls13Level level, CancellationToken cancellationToken)
    {
        using var arguments = AnswerArguments(question, level);
        var reply = await AskAsync(AnswerName, Opcode.AnswerTls13, arguments, cancellationToken);
        return reply.Secret ?? throw Failed(reply.Error);
    }

    /// <summary>Reads a reply to <see cref="AnswerAsync"/>, and verifies the signature with the certificate's key before anybody uses it (attack 16).</summary>
    /// <exception cref="KeyHolderFailedException">The key server broke the protocol, or the signature is not of this key over this flight.</exception>
    public AnswerTls13Reply Read(SecretBytes payload, Tls13Question question)
    {
        if (!AnswerTls13Reply.TryRead(payload.Span, out var reply) || reply.Answer.ServerShare.Length != question.Group.ServerShareSize())
            throw Broken();
        using var messages = FlightTranscript.ThroughParameters(question, reply.Answer.ServerShare);
        CertificateVerifyContent.Check(facts.Certificate, question.Scheme!.Value, messages.CurrentHash(), reply.Signature);
        return reply;
    }

    /// <summary>The key server broke the protocol.</summary>
    public KeyHolderFailedException Broken() => new($"A key server of \"{client.Options.Name}\" sent a malformed answer for TLS 1.3.");

    private async ValueTask<KeylessReply> AskAsync(string name, Opcode operation, SecretBytes arguments, CancellationToken cancellationToken)
    {
        var started = facts.TimeProvider.GetTimestamp();
        var reply = await client.ExecuteAsync(new StructuredOperation(name, operation, facts, arguments, secret: true), mayFail: false, cancellationToken);
        facts.Observer?.KeyOperation(name, facts.TimeProvider.GetElapsedTime(started));
        return reply;
    }

    private static TlsException Failed(KeylessError error) => error switch
    {
        KeylessError.BinderWrong => new PeerMisbehavedException(AlertDescription.DecryptError, "The binder of a pre-shared key is wrong."),
        _ => new PeerMisbehavedException(AlertDescription.IllegalParameter, "The client's key share is not valid."),
    };

    private SecretBytes AnswerArguments(Tls13Question question, Tls13Level level)
    {
        using var session = Session(question);
        var transcript = Join(question.Transcript.Messages);
        var parameters = Join([.. question.Parameters.Select(message => message.Encoded)]);
        var fields = new FieldWriter(transcript.Length + parameters.Length + 1024);
        try
        {
            new AnswerTls13Request { Question = Fields(question, level, transcript, parameters, session), Scheme = (ushort)question.Scheme!.Value }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    private Tls13QuestionFields Fields(Tls13Question question, Tls13Level level, ReadOnlySpan<byte> transcript, ReadOnlySpan<byte> parameters, SecretBytes? session) => new()
    {
        Level = level,
        CipherSuite = (ushort)facts.CipherSuite,
        Group = (ushort)question.Group,
        Transcript = transcript,
        ServerHelloPrefix = question.ServerHelloPrefix.Span,
        Parameters = parameters,
        Tickets = session is null ? (byte)0 : (byte)question.Session!.Count,
        Session = session is null ? default : session.Span,
    };

    /// <summary>What tickets are to say, with nothing in the place of the secret; null where none are wanted.</summary>
    private SecretBytes? Session(Tls13Question question)
    {
        if (question.Session is not { Count: > 0 } offer)
            return null;
        using var nothing = new SecretBytes(facts.CipherSuite.Digest().SizeInBytes());
        return SessionStateEncoding.Encode(new SessionState(offer.Facts, nothing));
    }

    private static byte[] Join(IReadOnlyList<ReadOnlyMemory<byte>> messages)
    {
        var joined = new byte[messages.Sum(message => message.Length)];
        var position = 0;
        foreach (var message in messages)
        {
            message.Span.CopyTo(joined.AsSpan(position));
            position += message.Length;
        }

        return joined;
    }
}
