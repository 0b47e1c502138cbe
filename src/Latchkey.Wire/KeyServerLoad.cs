using System.Buffers.Binary;

namespace Latchkey.Wire;

/// <summary>
/// How busy a key server is: item 50 of the reply to a ping, to peers that have exchanged capabilities. 10 bytes: u32 requests that wait for a worker, u16 workers,
/// u32 microseconds that these requests will take all workers together. It says nothing of whose they are.
/// </summary>
/// <param name="Queued">Requests waiting, of all edges.</param>
/// <param name="Workers">Threads that compute.</param>
/// <param name="WaitMicroseconds">Estimated time until a request that comes now gets its turn.</param>
public readonly record struct KeyServerLoad(uint Queued, ushort Workers, uint WaitMicroseconds)
{
    /// <summary>Bytes on the wire; longer values are read up to here, so that later versions may add to them.</summary>
    public const int Size = 10;

    /// <summary>False: shorter than <see cref="Size"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out KeyServerLoad load)
    {
        load = default;
        if (value.Length < Size)
            return false;
        load = new KeyServerLoad(
            BinaryPrimitives.ReadUInt32BigEndian(value),
            BinaryPrimitives.ReadUInt16BigEndian(value[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(value[6..]));
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns them.</summary>
    public ReadOnlySpan<byte> Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Queued);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], Workers);
        BinaryPrimitives.WriteUInt32BigEndian(destination[6..], WaitMicroseconds);
        return destination[..Size];
    }
}
