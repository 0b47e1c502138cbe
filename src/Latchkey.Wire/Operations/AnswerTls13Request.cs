namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.AnswerTls13"/> (catalogue X2). Spans are lent.</summary>
public readonly ref struct AnswerTls13Request
{
    /// <summary>The flight.</summary>
    public required Tls13QuestionFields Question { get; init; }

    /// <summary>TLS SignatureScheme of CertificateVerify.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        Question.Write(ref writer);
        writer.UInt16(Scheme);
    }

    /// <summary>Reads a payload. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out AnswerTls13Request request)
    {
        var reader = new FieldReader(payload);
        request = new AnswerTls13Request { Question = Tls13QuestionFields.Read(ref reader), Scheme = reader.UInt16() };
        return reader.IsComplete && request.Question.IsDefined;
    }
}
