namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// HMAC over a record whose content's length is secret: libcrypto's own (parameter "tls-data-size"), which always compresses as many blocks
/// as the longest content would need (the published fix of Lucky Thirteen).
/// </summary>
internal sealed unsafe class LibcryptoRecordMac : IDisposable
{
    internal const int MaxSize = 48;

    private readonly MacContextHandle _keyed;

    internal LibcryptoRecordMac(DigestAlgorithm digest, ReadOnlySpan<byte> key)
    {
        _keyed = new MacContextHandle(Native.EVP_MAC_CTX_new(FetchedAlgorithms.Hmac));
        ReadOnlySpan<byte> digestName = NameOf(digest);
        fixed (byte* keyPointer = key, parameter = "digest"u8, name = digestName)
        {
            OsslParam* parameters = stackalloc OsslParam[2];
            parameters[0] = new OsslParam { Key = parameter, DataType = OsslParam.Utf8String, Data = name, DataSize = (nuint)digestName.Length };
            parameters[1] = default;
            LibcryptoError.ThrowUnlessDone(Native.EVP_MAC_init(_keyed.Pointer, keyPointer, (nuint)key.Length, parameters), "Setting a record's MAC key failed");
        }
    }

    /// <summary>Writes the MAC of header ‖ data.</summary>
    /// <param name="header">13 bytes.</param>
    /// <param name="data">The record; only its first <paramref name="length"/> bytes are content.</param>
    /// <param name="length">Secret.</param>
    /// <param name="publicSize">Of content, MAC and padding together: what everybody sees.</param>
    /// <param name="mac">Room for the digest's size.</param>
    internal void Compute(ReadOnlySpan<byte> header, byte* data, int length, int publicSize, Span<byte> mac)
    {
        // A context that has seen a record's header cannot forget it: each record gets a copy, as in libssl.
        nint context = Native.EVP_MAC_CTX_dup(_keyed.Pointer);
        GC.KeepAlive(this);
        nuint size = (nuint)publicSize;
        nuint written = 0;
        bool done;
        fixed (byte* headerPointer = header, output = mac, name = "tls-data-size"u8)
        {
            OsslParam* parameters = stackalloc OsslParam[2];
            parameters[0] = new OsslParam { Key = name, DataType = OsslParam.UnsignedInteger, Data = &size, DataSize = (nuint)sizeof(nuint) };
            parameters[1] = default;
            done = context != 0
                && Native.EVP_MAC_CTX_set_params(context, parameters) == 1
                && Native.EVP_MAC_update(context, headerPointer, (nuint)header.Length) == 1
                && Native.EVP_MAC_update(context, data, (nuint)length) == 1
                && Native.EVP_MAC_final(context, output, &written, (nuint)mac.Length) == 1;
        }
        Native.EVP_MAC_CTX_free(context);
        if (!done)
            throw LibcryptoError.Take("Computing a record's MAC failed");
    }

    /// <inheritdoc/>
    public void Dispose() => _keyed.Dispose();

    private static ReadOnlySpan<byte> NameOf(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha1 => "SHA1"u8,
        DigestAlgorithm.Sha256 => "SHA2-256"u8,
        DigestAlgorithm.Sha384 => "SHA2-384"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(digest), digest, "No suite's MAC."),
    };
}
