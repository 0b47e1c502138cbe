using System.Buffers.Binary;

namespace Latchkey.Tls.Messages;

/// <summary>Lists of two-byte code points: suites, groups, schemes, versions.</summary>
internal static class CodePoints
{
    /// <summary>Reads <paramref name="source"/>, whose length is even.</summary>
    public static ushort[] Read(ReadOnlyMemory<byte> source)
    {
        var values = new ushort[source.Length / 2];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadUInt16BigEndian(source.Span[(2 * i)..]);
        return values;
    }
}
