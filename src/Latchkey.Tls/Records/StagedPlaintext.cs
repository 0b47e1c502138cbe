using System.Buffers;

namespace Latchkey.Tls.Records;

/// <summary>
/// Content on its way out, in pooled blocks each of which becomes one record (more where the peer asked for smaller ones).
/// </summary>
/// <remarks>A block keeps one byte of room behind its content for <see cref="RecordProtection.Seal"/>. Blocks are returned as
/// soon as they are sealed, so that an idle connection holds none. Why they are not cleared: <see cref="PlaintextBlock"/>.</remarks>
internal sealed class StagedPlaintext : IDisposable
{
    /// <summary>
    /// Content per block. With the largest expansion (5 + 24 bytes) a sealed block is at most 2^14 bytes, so that two records
    /// exactly fill the 32 KiB arrays in which transports hand out room for large writes.
    /// </summary>
    public const int BlockSize = (1 << 14) - 32;

    private readonly List<Block> _blocks = [];

    /// <summary>Bytes staged.</summary>
    public long Length { get; private set; }

    /// <summary>Blocks staged; some may be empty.</summary>
    public int Count => _blocks.Count;

    /// <summary>Room for at least <paramref name="sizeHint"/> bytes, or some where it is zero.</summary>
    /// <remarks>Blocks are large from the first, because Kestrel asks for 4,096 bytes at a time: behind a few bytes of headers that
    /// would not fit into a block of a page, and every small answer would be two records.</remarks>
    public Memory<byte> GetMemory(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_blocks.Count == 0 || _blocks[^1].Room < Math.Max(1, sizeHint))
            _blocks.Add(Block.Rent(Math.Max(sizeHint, BlockSize)));
        return _blocks[^1].Free;
    }

    /// <summary>The first bytes of the room just got are content now.</summary>
    public void Advance(int length)
    {
        if (length == 0)
            return;
        if (_blocks.Count == 0)
            throw new InvalidOperationException("Advance without GetMemory or GetSpan.");
        var block = _blocks[^1];
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)block.Room, nameof(length));
        _blocks[^1] = block with { Length = block.Length + length };
        Length += length;
    }

    /// <summary>Copies bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var room = GetMemory(0).Span;
            var part = Math.Min(room.Length, bytes.Length);
            bytes[..part].CopyTo(room);
            Advance(part);
            bytes = bytes[part..];
        }
    }

    /// <summary>A block's content and one byte of room behind it.</summary>
    public Span<byte> ContentAndRoom(int index) => _blocks[index].Array.AsSpan(0, _blocks[index].Length + 1);

    /// <summary>Returns all blocks.</summary>
    public void Clear()
    {
        foreach (var block in _blocks)
            ArrayPool<byte>.Shared.Return(block.Array);
        _blocks.Clear();
        Length = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private readonly record struct Block(byte[] Array, int Capacity, int Length)
    {
        public int Room => Capacity - Length;

        public Memory<byte> Free => Array.AsMemory(Length, Room);

        public static Block Rent(int size)
        {
            var array = ArrayPool<byte>.Shared.Rent(size + 1);
            // What the application asked for in one piece it gets in one piece; otherwise a block is one record.
            return new Block(array, Math.Max(size, Math.Min(array.Length - 1, BlockSize)), 0);
        }
    }
}
