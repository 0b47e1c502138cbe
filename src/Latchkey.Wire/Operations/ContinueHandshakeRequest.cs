namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.ContinueHandshake"/>. Spans are lent.</summary>
public readonly ref struct ContinueHandshakeRequest
{
    /// <summary>From the reply to <see cref="Opcode.BeginHandshake"/>; means something on the same connection only (attack 24).</summary>
    public required ulong Handshake { get; init; }

    /// <summary>The client's next handshake message, header included; empty: the client has gone, and so may the handshake.</summary>
    public required ReadOnlySpan<byte> Message { get; init; }

    /// <summary>Writes all fields in order.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt64(Handshake);
        writer.Vector16(Message);
    }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> arguments, out ContinueHandshakeRequest request)
    {
        var reader = new FieldReader(arguments);
        request = new ContinueHandshakeRequest { Handshake = reader.UInt64(), Message = reader.Vector16() };
        return reader.IsComplete;
    }
}
