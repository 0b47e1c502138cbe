using System.Buffers.Binary;

namespace Latchkey.Wire.Operations;

/// <summary>
/// The result of <see cref="Opcode.BeginHandshake"/> and <see cref="Opcode.ContinueHandshake"/>: the handshake's number and what the edge is to do, step by step, the
/// outcome last. It holds session keys and is a secret as a whole.
/// </summary>
public ref struct HandshakeReply
{
    private const int HeadSize = 3;

    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads the number; false: malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> result, out HandshakeReply reply)
    {
        reply = default;
        if (result.Length < 8)
            return false;
        reply = new HandshakeReply { Handshake = BinaryPrimitives.ReadUInt64BigEndian(result), _rest = result[8..] };
        return true;
    }

    /// <summary>The number for <see cref="ContinueHandshakeRequest.Handshake"/>.</summary>
    public ulong Handshake { get; private init; }

    /// <summary>Whether all steps have been taken.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Takes the next step. False: there is none, or it is malformed.</summary>
    /// <param name="content">Lent.</param>
    public bool TryTake(out HandshakeStepKind kind, out ReadOnlySpan<byte> content)
    {
        kind = default;
        content = default;
        if (_rest.Length < HeadSize)
            return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(_rest[1..]);
        if (_rest.Length - HeadSize < length)
            return false;
        kind = (HandshakeStepKind)_rest[0];
        content = _rest.Slice(HeadSize, length);
        _rest = _rest[(HeadSize + length)..];
        return true;
    }

    /// <summary>Begins a reply.</summary>
    public static void Begin(ref FieldWriter writer, ulong handshake) => writer.UInt64(handshake);

    /// <summary>Adds a step.</summary>
    public static void Add(ref FieldWriter writer, HandshakeStepKind kind, scoped ReadOnlySpan<byte> content)
    {
        writer.UInt8((byte)kind);
        writer.Vector16(content);
    }
}

/// <summary>Kinds of steps; from 80 on, outcomes, of which a reply has exactly one, at its end.</summary>
public enum HandshakeStepKind : byte
{
    /// <summary>The version is settled: u16.</summary>
    Version = 1,
    /// <summary>Send a handshake message: header and body.</summary>
    Message = 2,
    /// <summary>Send ChangeCipherSpec: empty.</summary>
    ChangeCipherSpec = 3,
    /// <summary>Send what was queued: empty.</summary>
    Flush = 4,
    /// <summary>The client's next record must be ChangeCipherSpec: empty.</summary>
    AwaitChangeCipherSpec = 5,
    /// <summary>Later records of the client: <see cref="HandshakeKeys"/>.</summary>
    ReadKeys = 6,
    /// <summary>Later records of the server: <see cref="HandshakeKeys"/>.</summary>
    WriteKeys = 7,
    /// <summary>Largest plaintext of a record sent: u16.</summary>
    MaxPlaintextSize = 8,
    /// <summary>Drop early data: empty.</summary>
    SkipEarlyData = 9,

    /// <summary>Go on with the client's next message: empty.</summary>
    AwaitMessage = 0x80,
    /// <summary>The handshake is over: <see cref="HandshakeAgreement"/>.</summary>
    Agreed = 0x81,
    /// <summary>TLS 1.2: the edge exchanges the Finished messages: <see cref="HandshakeHandOver"/>.</summary>
    HandedOver = 0x82,
    /// <summary>The handshake has failed: u8 alert, u8 culprit (1 the client misbehaved, 2 nothing in common, 3 a limit), the rest is text for the log (UTF-8).</summary>
    Failed = 0x83,
}
