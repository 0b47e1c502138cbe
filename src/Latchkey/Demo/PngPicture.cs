using System.Buffers.Binary;
using System.IO.Compression;

namespace Latchkey.Demo;

/// <summary>A color.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>A mixture: 0 is this color, 1 the other.</summary>
    public Rgb Towards(Rgb other, double share) => new(Mix(Red, other.Red, share), Mix(Green, other.Green, share), Mix(Blue, other.Blue, share));

    private static byte Mix(byte a, byte b, double share) => (byte)Math.Clamp(a + ((b - a) * share), 0, 255);
}

/// <summary>Pixels, and their PNG (ISO/IEC 15948): 8-bit RGB, one IDAT.</summary>
internal sealed class PngPicture(int width, int height)
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcOfByte)];

    private readonly Rgb[] _pixels = new Rgb[width * height];

    public int Width => width;

    public int Height => height;

    public Rgb this[int x, int y]
    {
        get => _pixels[(y * width) + x];
        set => _pixels[(y * width) + x] = value;
    }

    public bool Contains(int x, int y) => x >= 0 && x < width && y >= 0 && y < height;

    public byte[] Encode()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private byte[] Compress()
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            var row = new byte[1 + (width * 3)];
            for (var y = 0; y < height; y++)
            {
                // Filter 1 (each byte less its left neighbour): gradients become runs.
                row[0] = 1;
                var left = default(Rgb);
                for (var x = 0; x < width; x++)
                {
                    var pixel = this[x, y];
                    row[1 + (x * 3)] = (byte)(pixel.Red - left.Red);
                    row[2 + (x * 3)] = (byte)(pixel.Green - left.Green);
                    row[3 + (x * 3)] = (byte)(pixel.Blue - left.Blue);
                    left = pixel;
                }
                zlib.Write(row);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(data, Crc(type, uint.MaxValue)) ^ uint.MaxValue);
        file.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (var b in bytes)
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint CrcOfByte(int value)
    {
        var crc = (uint)value;
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        return crc;
    }
}
