namespace Latchkey.Wire.Operations;

/// <summary>Result of <see cref="Opcode.FollowTicketKeys"/> (catalogue T1).</summary>
/// <param name="Generation">Of the keys that are there now. Another than the known one: they may have changed, and are to be asked for again. Never zero.</param>
/// <param name="Time">The key server's clock when it answered, Unix time in milliseconds.</param>
public readonly record struct FollowTicketKeysReply(UInt128 Generation, ulong Time)
{
    /// <summary>Bytes of the result.</summary>
    public const int Size = 16 + 8;

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out FollowTicketKeysReply reply)
    {
        var fields = new FieldReader(payload);
        reply = new FollowTicketKeysReply(new UInt128(fields.UInt64(), fields.UInt64()), fields.UInt64());
        return fields.IsComplete && reply.Generation != 0;
    }

    /// <summary>Writes the result.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.UInt64((ulong)(Generation >> 64));
        fields.UInt64((ulong)Generation);
        fields.UInt64(Time);
    }
}
