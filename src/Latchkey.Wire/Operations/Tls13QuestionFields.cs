namespace Latchkey.Wire.Operations;

/// <summary>What every question about a TLS 1.3 server flight says. Spans are lent. Messages carry their headers, one behind the other.</summary>
public readonly ref struct Tls13QuestionFields
{
    /// <summary>What is to be handed out.</summary>
    public required Tls13Level Level { get; init; }

    /// <summary>TLS CipherSuite.</summary>
    public required ushort CipherSuite { get; init; }

    /// <summary>TLS NamedGroup; the client's share of it is taken from its hello.</summary>
    public required ushort Group { get; init; }

    /// <summary>ClientHello; after a HelloRetryRequest message_hash, HelloRetryRequest, ClientHello.</summary>
    public required ReadOnlySpan<byte> Transcript { get; init; }

    /// <summary>The encoded ServerHello without the server's public value, which is its end.</summary>
    public required ReadOnlySpan<byte> ServerHelloPrefix { get; init; }

    /// <summary>EncryptedExtensions, CertificateRequest where the client is asked for a certificate, Certificate; with a pre-shared key EncryptedExtensions alone.</summary>
    public required ReadOnlySpan<byte> Parameters { get; init; }

    /// <summary>How many tickets are wanted (R4).</summary>
    public required byte Tickets { get; init; }

    /// <summary>What they are to say, and what a ticket that the client brings must say: a session state with zeros in the place of its secret; else empty.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt8((byte)Level);
        writer.UInt16(CipherSuite);
        writer.UInt16(Group);
        writer.Vector16(Transcript);
        writer.Vector16(ServerHelloPrefix);
        writer.Vector16(Parameters);
        writer.UInt8(Tickets);
        writer.Vector16(Session);
    }

    /// <summary>Takes the fields; whether they were there, the reader says at the end.</summary>
    public static Tls13QuestionFields Read(scoped ref FieldReader reader) => new()
    {
        Level = (Tls13Level)reader.UInt8(),
        CipherSuite = reader.UInt16(),
        Group = reader.UInt16(),
        Transcript = reader.Vector16(),
        ServerHelloPrefix = reader.Vector16(),
        Parameters = reader.Vector16(),
        Tickets = reader.UInt8(),
        Session = reader.Vector16(),
    };

    /// <summary>Whether the values are ones there are.</summary>
    internal bool IsDefined => Level <= Tls13Level.TrafficSecrets && !Transcript.IsEmpty && !ServerHelloPrefix.IsEmpty && !Parameters.IsEmpty
        && (Tickets == 0 || !Session.IsEmpty);
}
