using Latchkey.Wire.Operations;

namespace Latchkey.Wire.Tests;

/// <summary>The fields of operations 47, 48, 4F and 50: what is written is read back, and whatever is cut, longer or undefined is refused without an exception.</summary>
[Trait("Catalogue", "X2")]
public sealed class Tls13OperationTests
{
    private delegate bool Reader(ReadOnlySpan<byte> payload);

    private static readonly byte[] Ticket = Written((ref fields) =>
        new Tls13TicketFields { Ticket = Bytes.Counting(100), Nonce = [0], AgeAdd = 0xDEADBEEF, LifetimeSeconds = 3600, MaxEarlyData = 16384 }.Write(ref fields));

    private static readonly byte[] Question = Written(WriteAnswerRequest);

    public static TheoryData<string> Kinds => [.. Payloads.Keys];

    private static readonly Dictionary<string, (byte[] Payload, Reader TryRead)> Payloads = new()
    {
        ["47 request"] = (Question, payload => AnswerTls13Request.TryRead(payload, out _)),
        ["47 reply"] = (Written((ref fields) => new AnswerTls13Reply { Signature = Bytes.Counting(71), Answer = Answer() }.Write(ref fields)), payload => AnswerTls13Reply.TryRead(payload, out _)),
        ["48 request"] = (Written((ref fields) => new ResumeTls13Request { Question = Asked(), Kind = Tls13KeyKind.Ticket, Identity = 1 }.Write(ref fields)), payload => ResumeTls13Request.TryRead(payload, out _)),
        ["48 reply"] = (Written((ref fields) => new ResumeTls13Reply { Answer = Answer(), Session = Bytes.Counting(80) }.Write(ref fields)), payload => ResumeTls13Reply.TryRead(payload, out _)),
        ["4F request"] = (Written((ref fields) => new VerifyFinishedRequest { State = Bytes.Counting(200), Transcript = Bytes.Counting(250), VerifyData = Bytes.Counting(32) }.Write(ref fields)), payload => VerifyFinishedRequest.TryRead(payload, out _)),
        ["4F reply"] = (Written((ref fields) => new VerifyFinishedReply { IsRight = true, Tickets = Ticket }.Write(ref fields)), payload => VerifyFinishedReply.TryRead(payload, out _)),
        ["50 request"] = (Written((ref fields) => new FetchKeyRequest { Seconds = 60, Group = 29, PublicValue = Bytes.Counting(32) }.Write(ref fields)), payload => FetchKeyRequest.TryRead(payload, out _)),
        ["54 request"] = (Written((ref fields) => new IssueDelegatedCredentialRequest { Seconds = 7200, Algorithm = 0x0804, Scheme = 0x0403, PublicKey = Bytes.Counting(91), Certificate = Bytes.Counting(200) }.Write(ref fields)), payload => IssueDelegatedCredentialRequest.TryRead(payload, out _)),
        ["50 reply"] = (Written((ref fields) => new FetchKeyReply { Seconds = 60, PublicValue = Bytes.Counting(32), Box = Bytes.Counting(160) }.Write(ref fields)), payload => FetchKeyReply.TryRead(payload, out _)),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Whatever_is_cut_or_longer_is_refused(string kind)
    {
        var (payload, tryRead) = Payloads[kind];

        Assert.True(tryRead(payload));
        for (var length = 0; length < payload.Length; length++)
            Assert.False(tryRead(payload.AsSpan(0, length)), $"cut to {length}");
        Assert.False(tryRead([.. payload, 0]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_bytes_whatever_throw(string kind)
    {
        var (payload, tryRead) = Payloads[kind];
        var random = new Random(47);
        for (var round = 0; round < 20_000; round++)
        {
            var spoilt = payload.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
                spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
            tryRead(spoilt);
            var noise = new byte[random.Next(64)];
            random.NextBytes(noise);
            tryRead(noise);
        }
    }

    [Fact]
    public void A_question_is_read_back()
    {
        Assert.True(AnswerTls13Request.TryRead(Question, out var read));
        var asked = Asked();
        Assert.Equal(0x0403, read.Scheme);
        Assert.Equal((asked.Level, asked.CipherSuite, asked.Group, asked.Tickets), (read.Question.Level, read.Question.CipherSuite, read.Question.Group, read.Question.Tickets));
        Assert.True(asked.Transcript.SequenceEqual(read.Question.Transcript));
        Assert.True(asked.ServerHelloPrefix.SequenceEqual(read.Question.ServerHelloPrefix));
        Assert.True(asked.Parameters.SequenceEqual(read.Question.Parameters));
        Assert.True(asked.Session.SequenceEqual(read.Question.Session));
    }

    [Fact]
    public void An_answer_and_its_tickets_are_read_back()
    {
        Assert.True(AnswerTls13Reply.TryRead(Payloads["47 reply"].Payload, out var read));
        var answer = Answer();
        Assert.Equal(71, read.Signature.Length);
        Assert.True(answer.ServerShare.SequenceEqual(read.Answer.ServerShare));
        Assert.True(answer.Secret.SequenceEqual(read.Answer.Secret));
        Assert.True(answer.ServerVerifyData.SequenceEqual(read.Answer.ServerVerifyData));
        Assert.True(answer.ClientVerifyData.SequenceEqual(read.Answer.ClientVerifyData));
        Assert.True(answer.State.SequenceEqual(read.Answer.State));
        var tickets = new FieldReader(read.Answer.Tickets);
        var ticket = Tls13TicketFields.Read(ref tickets);
        Assert.Equal((0xDEADBEEF, 3600u, 16384u), (ticket.AgeAdd, ticket.LifetimeSeconds, ticket.MaxEarlyData));
        Assert.Equal(100, ticket.Ticket.Length);
    }

    [Theory]
    [InlineData(0, 4)] // a level there is not
    [InlineData(5, 1)] // a transcript longer than what follows
    public void An_undefined_value_is_refused(int position, byte value)
    {
        var payload = Question.ToArray();
        payload[position] = value;

        Assert.False(AnswerTls13Request.TryRead(payload, out _));
    }

    [Fact]
    public void Tickets_are_wanted_only_with_what_they_are_to_say_and_a_ticket_is_compared_with_something()
    {
        var without = Written((ref fields) => new AnswerTls13Request { Question = Asked(withSession: false), Scheme = 0x0403 }.Write(ref fields));
        var ticket = Written((ref fields) => new ResumeTls13Request { Question = Asked(withSession: false, tickets: 0), Kind = Tls13KeyKind.Ticket, Identity = 0 }.Write(ref fields));
        var external = Written((ref fields) => new ResumeTls13Request { Question = Asked(withSession: false, tickets: 0), Kind = Tls13KeyKind.External, Identity = 0 }.Write(ref fields));
        var shared = Written((ref fields) => new ResumeTls13Request { Question = Asked(Tls13Level.SharedSecret), Kind = Tls13KeyKind.Ticket, Identity = 0 }.Write(ref fields));

        Assert.False(AnswerTls13Request.TryRead(without, out _));
        Assert.False(ResumeTls13Request.TryRead(ticket, out _));
        Assert.True(ResumeTls13Request.TryRead(external, out _));
        Assert.False(ResumeTls13Request.TryRead(shared, out _));
    }

    private delegate void Write(ref FieldWriter fields);

    private static byte[] Written(Write write)
    {
        var fields = new FieldWriter(16);
        write(ref fields);
        return fields.Written.ToArray();
    }

    private static void WriteAnswerRequest(ref FieldWriter fields) => new AnswerTls13Request { Question = Asked(), Scheme = 0x0403 }.Write(ref fields);

    private static Tls13QuestionFields Asked(Tls13Level level = Tls13Level.TrafficSecrets, bool withSession = true, byte tickets = 2) => new()
    {
        Level = level,
        CipherSuite = 0x1301,
        Group = 0x001D,
        Transcript = Bytes.Counting(200),
        ServerHelloPrefix = Bytes.Counting(90, 3),
        Parameters = Bytes.Counting(250, 5),
        Tickets = tickets,
        Session = withSession ? Bytes.Counting(70, 9) : default,
    };

    private static Tls13AnswerFields Answer() => new()
    {
        ServerShare = Bytes.Counting(32),
        Secret = Bytes.Counting(128, 2),
        ServerVerifyData = Bytes.Counting(32, 3),
        ClientVerifyData = Bytes.Counting(32, 4),
        State = Bytes.Counting(60, 5),
        Tickets = Ticket,
    };
}
