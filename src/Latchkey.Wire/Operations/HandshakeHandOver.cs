namespace Latchkey.Wire.Operations;

/// <summary>What an edge needs to exchange the Finished messages of TLS 1.2 itself, in a <see cref="HandshakeReply"/> (F1). Secret; spans are lent.</summary>
public readonly ref struct HandshakeHandOver
{
    /// <summary>What will have been agreed.</summary>
    public required HandshakeAgreement Agreement { get; init; }

    /// <summary>Whether the server's Finished comes first: 1 where a session is resumed, else 0.</summary>
    public required byte ServerFirst { get; init; }

    /// <summary>48 bytes.</summary>
    public required ReadOnlySpan<byte> MasterSecret { get; init; }

    /// <summary>Of the client's records.</summary>
    public required HandshakeKeys ClientKeys { get; init; }

    /// <summary>Of the server's records.</summary>
    public required HandshakeKeys ServerKeys { get; init; }

    /// <summary>NewSessionTicket, header included, to be sent once the client's Finished is verified; empty: none.</summary>
    public required ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>Writes all fields in order.</summary>
    public void Write(ref FieldWriter writer)
    {
        Agreement.Write(ref writer);
        writer.UInt8(ServerFirst);
        writer.Vector8(MasterSecret);
        ClientKeys.Write(ref writer);
        ServerKeys.Write(ref writer);
        writer.Vector16(Ticket);
    }

    /// <summary>Reads them where they stand. Whether they are well-formed, the reader says at its end.</summary>
    public static HandshakeHandOver Read(ref FieldReader reader) => new()
    {
        Agreement = HandshakeAgreement.Read(ref reader),
        ServerFirst = reader.UInt8(),
        MasterSecret = reader.Vector8(),
        ClientKeys = HandshakeKeys.Read(ref reader),
        ServerKeys = HandshakeKeys.Read(ref reader),
        Ticket = reader.Vector16(),
    };
}
