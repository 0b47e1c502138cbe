using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>A large number that is not negative, libcrypto's BIGNUM; zeroed when disposed. Not thread-safe.</summary>
internal sealed unsafe class Number : IDisposable
{
    private nint _pointer = LibcryptoLibrary.IsAvailable ? Native.BN_new() : throw new PlatformNotSupportedException("Computing with large numbers needs libcrypto 3.");

    internal Number()
    {
        if (_pointer == 0)
            throw LibcryptoError.Take("libcrypto could not make a number");
    }

    ~Number() => Dispose();

    /// <summary>Of big-endian bytes.</summary>
    internal static Number Of(ReadOnlySpan<byte> bytes)
    {
        var number = new Number();
        fixed (byte* start = bytes)
            number.Done(Native.BN_bin2bn(start, bytes.Length, number.Pointer) != 0);
        return number;
    }

    internal static Number Of(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Of(bytes);
    }

    /// <summary>The same, marked secret: powers with it as the exponent take the same time whatever it is.</summary>
    internal static Number OfSecret(ReadOnlySpan<byte> bytes) => Of(bytes).MarkSecret();

    /// <summary>A random one below <paramref name="range"/>, marked secret.</summary>
    internal static Number RandomBelow(Number range)
    {
        var number = new Number();
        number.Done(Native.BN_priv_rand_range(number.Pointer, range.Pointer) == 1);
        return number.MarkSecret();
    }

    internal int Bits => Native.BN_num_bits(Pointer);

    internal bool IsOne => Native.BN_is_one(Pointer) == 1;

    internal bool IsZero => Native.BN_is_zero(Pointer) == 1;

    internal nint Pointer => _pointer != 0 ? _pointer : throw new ObjectDisposedException(nameof(Number));

    internal bool IsBelow(Number other) => Native.BN_ucmp(Pointer, other.Pointer) < 0;

    internal Number MarkSecret()
    {
        Native.BN_set_flags(Pointer, Native.BN_FLG_CONSTTIME);
        return this;
    }

    /// <summary>Big-endian, padded to the span's length.</summary>
    internal void Write(Span<byte> destination)
    {
        fixed (byte* start = destination)
            Done(Native.BN_bn2binpad(Pointer, start, destination.Length) == destination.Length);
    }

    internal byte[] ToArray(int length)
    {
        byte[] bytes = new byte[length];
        Write(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        nint pointer = Interlocked.Exchange(ref _pointer, 0);
        if (pointer != 0)
            Native.BN_clear_free(pointer);
        GC.SuppressFinalize(this);
    }

    /// <summary>Throws where a call failed.</summary>
    internal void Done(bool succeeded)
    {
        GC.KeepAlive(this);
        if (!succeeded)
            throw new CryptographicException(LibcryptoError.Take("Computing with large numbers failed").Message);
    }
}
