using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.KeyStores.Tpm;

/// <summary>Writes a command (TPM 2.0 Part 1 §18): header, handle, authorization by a plain value, parameters. Disposing zeroes it.</summary>
internal sealed class TpmCommand : IDisposable
{
    private const int Largest = 4096;
    private const ushort NoSessions = 0x8001, Sessions = 0x8002;
    private const uint PasswordSession = 0x40000009;

    private readonly SecretBytes _bytes = new(Largest);
    private int _length = 10;

    public TpmCommand(TpmCommandCode code)
    {
        Code = code;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.Span, NoSessions);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.Span[6..], (uint)code);
    }

    public TpmCommandCode Code { get; }

    /// <summary>Whether the answer's parameters have a size before them.</summary>
    public bool IsAuthorized { get; private set; }

    /// <summary>The whole command; lent.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            BinaryPrimitives.WriteInt32BigEndian(_bytes.Span[2..], _length);
            return _bytes.Span[.._length];
        }
    }

    /// <summary>After the handle: the object's authorization value; empty for none.</summary>
    public TpmCommand Authorized(ReadOnlySpan<byte> value)
    {
        IsAuthorized = true;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.Span, Sessions);
        return UInt32((uint)(9 + value.Length)).UInt32(PasswordSession).UInt16(0).Byte(0).Sized(value);
    }

    public TpmCommand Byte(byte value)
    {
        _bytes.Span[_length++] = value;
        return this;
    }

    public TpmCommand UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.Span[_length..], value);
        _length += sizeof(ushort);
        return this;
    }

    public TpmCommand UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.Span[_length..], value);
        _length += sizeof(uint);
        return this;
    }

    /// <summary>As it is.</summary>
    public TpmCommand Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_bytes.Span[_length..]);
        _length += value.Length;
        return this;
    }

    /// <summary>TPM2B: two bytes of length before it.</summary>
    public TpmCommand Sized(ReadOnlySpan<byte> value) => UInt16((ushort)value.Length).Raw(value);

    public void Dispose() => _bytes.Dispose();
}
