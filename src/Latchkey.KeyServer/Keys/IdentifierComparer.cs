using System.Buffers.Binary;

namespace Latchkey.KeyServer.Keys;

/// <summary>Identifiers of 20 or 32 bytes as dictionary keys that can be looked up by span. They are hashes: eight bytes of one spread well.</summary>
internal sealed class IdentifierComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly IdentifierComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) =>
        alternate.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(alternate).GetHashCode() : alternate.Length;
}
