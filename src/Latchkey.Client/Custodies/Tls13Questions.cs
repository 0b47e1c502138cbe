using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>Sends the questions of a TLS 1.3 handshake to a key server and checks what comes back before anything is done with it.</summary>
internal sealed class Tls13Questions(KeyServerClient client, HandshakeFacts facts)
{
    private const string AnswerName = "answer TLS 1.3";
    private const string ResumeName = "resume TLS 1.3";
    private const string FinishedName = "verify Finished";

    /// <summary>Bytes of a question beside its messages, as a rule.</summary>
    private const int Rest = 1024;

    /// <summary>Asks for a flight that the certificate's key signs (operation 47).</summary>
    /// <returns>The payload of an <see cref="AnswerTls13Reply"/>, the caller's to dispose.</returns>
    /// <exception cref="PeerMisbehavedException">illegal_parameter: the client's share is invalid.</exception>
    /// <exception cref="PeerIncompatibleException">handshake_failure: the client's hello is too long to be asked about.</exception>
    public async ValueTask<SecretBytes> AnswerAsync(Tls13Question question, Tls13Level level, CancellationToken cancellationToken)
    {
        using var arguments = AnswerArguments(question, level);
        var reply = await AskAsync(AnswerName, new AnswerOperation(this, Question(AnswerName, Opcode.AnswerTls13, arguments), question), cancellationToken);
        return reply.Secret ?? throw InvalidShare();
    }

    /// <summary>Asks for a flight that a pre-shared key authenticates (operation 48).</summary>
    /// <returns>The payload of a <see cref="ResumeTls13Reply"/>, the caller's to dispose. null: there is no such key, or it is not accepted.</returns>
    /// <exception cref="PeerMisbehavedException">illegal_parameter: the client's share is invalid; decrypt_error: the binder is wrong.</exception>
    public async ValueTask<SecretBytes?> ResumeAsync(Tls13Question question, Tls13Level level, Tls13KeyKind kind, int identity, CancellationToken cancellationToken)
    {
        using var arguments = ResumeArguments(question, level, kind, identity);
        var reply = await AskAsync(ResumeName, Question(ResumeName, Opcode.ResumeTls13, arguments), cancellationToken);
        return reply.Error switch
        {
            KeylessError.SessionUnknown => null,
            KeylessError.BinderWrong => throw new PeerMisbehavedException(AlertDescription.DecryptError, $"The binder of identity {identity} is wrong."),
            _ => reply.Secret ?? throw InvalidShare(),
        };
    }

    /// <summary>Has the Finished of a client verified that was asked for a certificate (operation 4F).</summary>
    /// <returns>The payload of a <see cref="VerifyFinishedReply"/>.</returns>
    public async ValueTask<SecretBytes> VerifyFinishedAsync(ReadOnlyMemory<byte> state, Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken)
    {
        using var arguments = FinishedArguments(state, transcript, verifyData);
        return (await AskAsync(FinishedName, Question(FinishedName, Opcode.VerifyFinished, arguments), cancellationToken)).Secret ?? throw Broken();
    }

    /// <summary>Reads a reply to <see cref="AnswerAsync"/>, whose signature has been verified.</summary>
    /// <exception cref="KeyHolderFailedException">The key server broke the protocol.</exception>
    public AnswerTls13Reply ReadAnswer(SecretBytes payload) => AnswerTls13Reply.TryRead(payload.Span, out var reply) ? reply : throw Broken();

    /// <summary>Reads a reply to <see cref="ResumeAsync"/>.</summary>
    /// <param name="resumed">The session that goes on; null with an external key.</param>
    /// <exception cref="KeyHolderFailedException">The key server broke the protocol.</exception>
    public ResumeTls13Reply ReadResumption(SecretBytes payload, Tls13Question question, out SessionFacts? resumed)
    {
        resumed = null;
        if (!ResumeTls13Reply.TryRead(payload.Span, out var reply) || reply.Answer.ServerShare.Length != question.Group.ServerShareSize())
            throw Broken();
        if (!reply.Session.IsEmpty)
            resumed = SessionDescription.TryDecode(reply.Session) ?? throw Broken();
        return reply;
    }

    /// <summary>The key server broke the protocol.</summary>
    public KeyHolderFailedException Broken() => new($"A key server of \"{client.Options.Name}\" sent a malformed answer for TLS 1.3.");

    private static PeerMisbehavedException InvalidShare() => new(AlertDescription.IllegalParameter, "The client's key share is not valid.");

    /// <summary>The signature is verified with the certificate's key before anybody uses what came with it (attack 16).</summary>
    private string? FaultOfAnswer(ReadOnlySpan<byte> payload, Tls13Question question)
    {
        if (!AnswerTls13Reply.TryRead(payload, out var reply) || reply.Answer.ServerShare.Length != question.Group.ServerShareSize())
            return $"It answered \"{AnswerName}\" with something else.";
        using var messages = FlightTranscript.ThroughParameters(question, reply.Answer.ServerShare);
        return SignatureFault.OfCertificateVerify(facts, question.Scheme!.Value, messages.CurrentHash(), reply.Signature);
    }

    private StructuredOperation Question(string name, Opcode operation, SecretBytes arguments) => new(name, operation, facts, arguments, secret: true);

    private async ValueTask<KeylessReply> AskAsync<TOperation>(string name, TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IKeyOperation
    {
        var started = facts.TimeProvider.GetTimestamp();
        var reply = await client.ExecuteAsync(operation, mayFail: false, cancellationToken);
        facts.Observer?.KeyOperation(name, facts.TimeProvider.GetElapsedTime(started));
        return reply;
    }

    private SecretBytes AnswerArguments(Tls13Question question, Tls13Level level)
    {
        var messages = new Messages(question);
        var fields = new FieldWriter(messages.Size + Rest);
        new AnswerTls13Request { Question = Fields(question, level, messages), Scheme = (ushort)question.Scheme!.Value }.Write(ref fields);
        return SecretBytes.CopyOf(fields.Written);
    }

    private SecretBytes ResumeArguments(Tls13Question question, Tls13Level level, Tls13KeyKind kind, int identity)
    {
        var messages = new Messages(question);
        var fields = new FieldWriter(messages.Size + Rest);
        new ResumeTls13Request { Question = Fields(question, level, messages), Kind = kind, Identity = (ushort)identity }.Write(ref fields);
        return SecretBytes.CopyOf(fields.Written);
    }

    private static SecretBytes FinishedArguments(ReadOnlyMemory<byte> state, Transcript transcript, ReadOnlyMemory<byte> verifyData)
    {
        var messages = JoinedMessages.Of(transcript.Messages);
        QuestionSize.Require(messages.Length, ours: 0);
        var fields = new FieldWriter(messages.Length + Rest);
        new VerifyFinishedRequest { State = state.Span, Transcript = messages, VerifyData = verifyData.Span }.Write(ref fields);
        return SecretBytes.CopyOf(fields.Written);
    }

    private Tls13QuestionFields Fields(Tls13Question question, Tls13Level level, Messages messages)
    {
        var session = question.Session is { } offer ? SessionDescription.Encode(offer.Facts) : null;
        return new Tls13QuestionFields
        {
            Level = level,
            CipherSuite = (ushort)facts.CipherSuite,
            Group = (ushort)question.Group,
            Transcript = messages.Transcript,
            ServerHelloPrefix = question.ServerHelloPrefix.Span,
            Parameters = messages.Parameters,
            Tickets = session is null ? (byte)0 : (byte)Math.Min(question.Session!.Count, byte.MaxValue),
            Session = session,
        };
    }

    private readonly struct AnswerOperation(Tls13Questions questions, StructuredOperation asked, Tls13Question question) : IKeyOperation
    {
        public string Name => AnswerName;

        public bool IsStructured => true;

        public string? Fault(in KeylessReply reply) => questions.FaultOfAnswer(reply.Secret is null ? default : reply.Secret.Span, question);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            asked.SendAsync(connection, timeout, cancellationToken);
    }

    private sealed class Messages
    {
        public Messages(Tls13Question question)
        {
            Transcript = JoinedMessages.Of(question.Transcript.Messages);
            Parameters = JoinedMessages.Of([.. question.Parameters.Select(message => message.Encoded)]);
            QuestionSize.Require(Size, Parameters.Length);
        }

        public byte[] Transcript { get; }

        public byte[] Parameters { get; }

        public int Size => Transcript.Length + Parameters.Length;
    }
}
