namespace Latchkey.Crypto.Libcrypto;

/// <summary>A digest context; reading copies it into a scratch context of the thread and ends the copy.</summary>
internal sealed unsafe class LibcryptoHash : RunningHash
{
    [ThreadStatic] private static DigestContextHandle? t_scratch;

    private readonly DigestContextHandle _context = new();

    internal LibcryptoHash(DigestAlgorithm algorithm)
    {
        Algorithm = algorithm;
        LibcryptoError.ThrowUnlessDone(Native.EVP_DigestInit_ex2(_context.Pointer, FetchedAlgorithms.Digest(algorithm), 0), "Starting a hash failed");
    }

    private LibcryptoHash(LibcryptoHash source)
    {
        Algorithm = source.Algorithm;
        LibcryptoError.ThrowUnlessDone(Native.EVP_MD_CTX_copy_ex(_context.Pointer, source._context.Pointer), "Copying a hash failed");
        GC.KeepAlive(source);
    }

    /// <inheritdoc/>
    public override DigestAlgorithm Algorithm { get; }

    /// <summary>The thread's spare context, for work that begins and ends within one call.</summary>
    internal static nint Scratch => (t_scratch ??= new DigestContextHandle()).Pointer;

    /// <inheritdoc/>
    public override void Append(ReadOnlySpan<byte> data)
    {
        int result;
        fixed (byte* pointer = data)
            result = Native.EVP_DigestUpdate(_context.Pointer, pointer, (nuint)data.Length);
        GC.KeepAlive(this);
        LibcryptoError.ThrowUnlessDone(result, "Hashing failed");
    }

    /// <inheritdoc/>
    public override int GetCurrentHash(Span<byte> destination)
    {
        int size = Algorithm.SizeInBytes();
        nint scratch = Scratch;
        bool done;
        fixed (byte* output = destination[..size])
            done = Native.EVP_MD_CTX_copy_ex(scratch, _context.Pointer) == 1 && Native.EVP_DigestFinal_ex(scratch, output, null) == 1;
        GC.KeepAlive(this);
        return done ? size : throw LibcryptoError.Take("Reading a hash failed");
    }

    /// <summary>Hashes in one go; no allocation.</summary>
    internal static void HashOnce(DigestAlgorithm algorithm, ReadOnlySpan<byte> data, Span<byte> destination) =>
        HashOnce(algorithm, data, [], [], destination);

    /// <summary>Hashes the concatenation of three parts in one go; the destination may be one of them.</summary>
    internal static void HashOnce(DigestAlgorithm algorithm, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> destination)
    {
        nint scratch = Scratch;
        bool done;
        fixed (byte* one = first, two = second, three = third, output = destination[..algorithm.SizeInBytes()])
        {
            done = Native.EVP_DigestInit_ex2(scratch, FetchedAlgorithms.Digest(algorithm), 0) == 1
                && Native.EVP_DigestUpdate(scratch, one, (nuint)first.Length) == 1
                && (second.IsEmpty || Native.EVP_DigestUpdate(scratch, two, (nuint)second.Length) == 1)
                && (third.IsEmpty || Native.EVP_DigestUpdate(scratch, three, (nuint)third.Length) == 1)
                && Native.EVP_DigestFinal_ex(scratch, output, null) == 1;
        }
        if (!done)
            throw LibcryptoError.Take("Hashing failed");
    }

    /// <summary>Overwrites the state that the last hash left in the scratch context: of an HMAC it is the code itself, often a key.</summary>
    internal static void ClearScratch(DigestAlgorithm algorithm)
    {
        if (Native.EVP_DigestInit_ex2(Scratch, FetchedAlgorithms.Digest(algorithm), 0) != 1)
            LibcryptoError.Clear();
    }

    /// <inheritdoc/>
    public override RunningHash Fork() => new LibcryptoHash(this);

    /// <inheritdoc/>
    public override void Dispose() => _context.Dispose();
}
