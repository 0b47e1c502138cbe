namespace Latchkey.Wire.Operations;

/// <summary>What a relayed handshake agreed on, in a <see cref="HandshakeReply"/>. Spans are lent.</summary>
public readonly ref struct HandshakeAgreement
{
    /// <summary>TLS version.</summary>
    public required ushort Version { get; init; }

    /// <summary>TLS CipherSuite.</summary>
    public required ushort Suite { get; init; }

    /// <summary>TLS NamedGroup; 0: none.</summary>
    public required ushort Group { get; init; }

    /// <summary>TLS SignatureScheme; 0: none.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>ALPN; empty: none.</summary>
    public required ReadOnlySpan<byte> Protocol { get; init; }

    /// <summary>The session that was resumed, as session state whose secret is zeros; empty: none.</summary>
    public required ReadOnlySpan<byte> Resumed { get; init; }

    /// <summary>What became of the session that the client brought: 0 it brought none, else 1 more than the number of the result.</summary>
    public required byte Attempt { get; init; }

    /// <summary>The arrangement it came from, for metrics; empty where it brought none.</summary>
    public required ReadOnlySpan<byte> Arrangement { get; init; }

    /// <summary>Writes all fields in order.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt16(Version);
        writer.UInt16(Suite);
        writer.UInt16(Group);
        writer.UInt16(Scheme);
        writer.Vector8(Protocol);
        writer.Vector16(Resumed);
        writer.UInt8(Attempt);
        writer.Vector8(Arrangement);
    }

    /// <summary>Reads them where they stand. Whether they are well-formed, the reader says at its end.</summary>
    public static HandshakeAgreement Read(ref FieldReader reader) => new()
    {
        Version = reader.UInt16(),
        Suite = reader.UInt16(),
        Group = reader.UInt16(),
        Scheme = reader.UInt16(),
        Protocol = reader.Vector8(),
        Resumed = reader.Vector16(),
        Attempt = reader.UInt8(),
        Arrangement = reader.Vector8(),
    };
}
