using System.Buffers;

namespace Latchkey.Client;

/// <summary>Encoded requests that wait to be written together. Kept and reused; one unusually large burst is not kept.</summary>
internal sealed class OutgoingBuffer : IBufferWriter<byte>
{
    private const int KeptSize = 64 * 1024;
    private byte[] _bytes = new byte[8 * 1024];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - Length < sizeHint)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + sizeHint));
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptSize)
            _bytes = new byte[KeptSize];
    }
}
