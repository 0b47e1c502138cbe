using System.Buffers.Binary;

namespace Latchkey.Tls.Records;

/// <summary>What TLS 1.2 authenticates beside the content: seq_num ‖ type ‖ version ‖ length (RFC 5246 §6.2.3.1, §6.2.3.3).</summary>
internal static class Tls12PseudoHeader
{
    public const int Size = SizeWithoutLength + 2;

    public const int SizeWithoutLength = 11;

    public static void Write(Span<byte> destination, ulong sequence, byte type, ushort version, int length)
    {
        WriteWithoutLength(destination, sequence, type, version);
        BinaryPrimitives.WriteUInt16BigEndian(destination[SizeWithoutLength..], (ushort)length);
    }

    public static void WriteWithoutLength(Span<byte> destination, ulong sequence, byte type, ushort version)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, sequence);
        destination[8] = type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[9..], version);
    }
}
