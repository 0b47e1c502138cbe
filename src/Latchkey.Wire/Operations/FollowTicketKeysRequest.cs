namespace Latchkey.Wire.Operations;

/// <summary>Arguments of <see cref="Opcode.FollowTicketKeys"/> (catalogue T1).</summary>
/// <param name="Known">The generation that is known: 16 bytes, as the key server gave them; zero: none.</param>
/// <param name="WaitMilliseconds">How long the answer may take where nothing changes, <see cref="MaxWaitMilliseconds"/> at most; 0: it comes at once.</param>
public readonly record struct FollowTicketKeysRequest(UInt128 Known, uint WaitMilliseconds)
{
    /// <summary>Bytes of the arguments.</summary>
    public const int Size = 16 + 4;

    /// <summary>The longest wait; who asks for a longer one waits so long.</summary>
    public const uint MaxWaitMilliseconds = 60_000;

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out FollowTicketKeysRequest request)
    {
        var fields = new FieldReader(payload);
        request = new FollowTicketKeysRequest(new UInt128(fields.UInt64(), fields.UInt64()), Math.Min(fields.UInt32(), MaxWaitMilliseconds));
        return fields.IsComplete;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.UInt64((ulong)(Known >> 64));
        fields.UInt64((ulong)Known);
        fields.UInt32(WaitMilliseconds);
    }
}
