namespace Latchkey.Wire.Operations;

/// <summary>The part that the answers to every question about a TLS 1.3 flight have. Spans are lent.</summary>
public readonly ref struct Tls13AnswerFields
{
    /// <summary>The server's public value.</summary>
    public required ReadOnlySpan<byte> ServerShare { get; init; }

    /// <summary>
    /// What the level says: the shared secret, the private value, the Handshake Secret; or client_handshake_traffic_secret, server_handshake_traffic_secret,
    /// client_application_traffic_secret_0 and server_application_traffic_secret_0, each of the digest's size.
    /// </summary>
    public required ReadOnlySpan<byte> Secret { get; init; }

    /// <summary>Level traffic: the server's verify_data; else empty.</summary>
    public ReadOnlySpan<byte> ServerVerifyData { get; init; }

    /// <summary>Level traffic: what the client's verify_data must be; empty where it cannot be foretold because the client is asked for a certificate.</summary>
    public ReadOnlySpan<byte> ClientVerifyData { get; init; }

    /// <summary>Level traffic, client asked for a certificate: sealed, for <see cref="Opcode.VerifyFinished"/>.</summary>
    public ReadOnlySpan<byte> State { get; init; }

    /// <summary>Tickets, each as <see cref="Tls13TicketFields"/>.</summary>
    public ReadOnlySpan<byte> Tickets { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.Vector16(ServerShare);
        writer.Vector16(Secret);
        writer.Vector8(ServerVerifyData);
        writer.Vector8(ClientVerifyData);
        writer.Vector16(State);
        writer.Vector16(Tickets);
    }

    /// <summary>Takes the fields; whether they were there, the reader says at the end.</summary>
    public static Tls13AnswerFields Read(scoped ref FieldReader reader) => new()
    {
        ServerShare = reader.Vector16(),
        Secret = reader.Vector16(),
        ServerVerifyData = reader.Vector8(),
        ClientVerifyData = reader.Vector8(),
        State = reader.Vector16(),
        Tickets = reader.Vector16(),
    };

    internal bool IsDefined => !ServerShare.IsEmpty && !Secret.IsEmpty && Tls13TicketFields.AreWellFormed(Tickets);
}
