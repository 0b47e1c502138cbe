using System.Buffers.Text;

namespace Latchkey.KeyServer.Audit;

/// <summary>Bytes that are written to the log together; kept and reused.</summary>
internal sealed class AuditBuffer
{
    private byte[] _bytes = new byte[16 * 1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    public void Add(long number)
    {
        Utf8Formatter.TryFormat(number, Room(20), out var written);
        Length += written;
    }

    public void AddHex(ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, Room(2 * bytes.Length), out var written);
        Length += written;
    }

    public void Clear() => Length = 0;

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - Length < size)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + size));
        return _bytes.AsSpan(Length);
    }
}
