using System.Buffers;
using System.Security.Cryptography;

namespace Latchkey.Client;

/// <summary>
/// Encoded requests that wait to be written together. Kept and reused; one unusually large burst is not kept. Session states and parts of keys are among them, so that it lies where
/// the collector moves nothing, and is zeroed once it is written.
/// </summary>
internal sealed class OutgoingBuffer : IBufferWriter<byte>
{
    private const int KeptSize = 64 * 1024;
    private byte[] _bytes = Pinned(8 * 1024);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - Length < sizeHint)
            Grow(Math.Max(_bytes.Length * 2, Length + sizeHint));
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, Length));
        Length = 0;
        if (_bytes.Length > KeptSize)
            _bytes = Pinned(KeptSize);
    }

    private void Grow(int size)
    {
        var larger = Pinned(size);
        _bytes.AsSpan(0, Length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, Length));
        _bytes = larger;
    }

    private static byte[] Pinned(int size) => GC.AllocateArray<byte>(size, pinned: true);
}
