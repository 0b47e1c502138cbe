using System.Buffers.Binary;

namespace Latchkey.Tls.Records;

/// <summary>The five bytes before every record, RFC 8446 §5.1, and the sizes that bound one.</summary>
internal readonly record struct RecordHeader(ContentType Type, ushort Version, int Length)
{
    public const int Size = 5;

    /// <summary>Most bytes of content in one record: 2^14.</summary>
    public const int MaxPlaintext = 1 << 14;

    /// <summary>RFC 8446 §5.2: a protected record's fragment is at most 256 bytes longer than 2^14.</summary>
    public const int MaxCiphertext13 = MaxPlaintext + 256;

    /// <summary>RFC 5246 §6.2.3: at most 2,048 bytes longer.</summary>
    public const int MaxCiphertext12 = MaxPlaintext + 2048;

    /// <summary>legacy_record_version of everything we send after the hello; RFC 8446 §5.1 fixes it.</summary>
    public const ushort LegacyVersion = 0x0303;

    public static RecordHeader Read(ReadOnlySpan<byte> source) =>
        new((ContentType)source[0], BinaryPrimitives.ReadUInt16BigEndian(source[1..]), BinaryPrimitives.ReadUInt16BigEndian(source[3..]));

    public static void Write(Span<byte> destination, ContentType type, int length)
    {
        destination[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], LegacyVersion);
        BinaryPrimitives.WriteUInt16BigEndian(destination[3..], (ushort)length);
    }
}
