using System.Buffers.Binary;

namespace Latchkey.KeyStores.Tpm;

/// <summary>Reads what a TPM answers, big-endian. What is too short is thrown as <see cref="InvalidDataException"/>.</summary>
internal ref struct TpmReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    /// <summary>TPM2B.</summary>
    public ReadOnlySpan<byte> Sized() => Take(UInt16());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count)
            throw new InvalidDataException("The TPM's structure ends too early.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
