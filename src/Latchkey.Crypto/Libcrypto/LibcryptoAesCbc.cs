namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// AES-CBC in libcrypto's record mode (parameter "tls-version"), in which one update call is one record: it adds the padding, or removes
/// padding and MAC without a branch or an index that depends on them.
/// </summary>
internal sealed unsafe class LibcryptoAesCbc : AesCbc
{
    // TLS 1.0's records differ from those of TLS 1.2 in having no IV before the ciphertext. Giving the IV apart spares decrypting it as a block
    // of its own, and the content then begins where the ciphertext began. Padding and MAC are alike in all versions since 1.0.
    private const uint RecordsWithoutIv = 0x0301;

    private readonly CipherContextHandle _encrypting = new();
    private readonly CipherContextHandle _decrypting = new();
    private readonly int _macSize;

    /// <param name="key">16 or 32 bytes.</param>
    /// <param name="macSize">Of the MAC behind the content, which decrypting takes off; 0 for none.</param>
    internal LibcryptoAesCbc(ReadOnlySpan<byte> key, int macSize = 0)
    {
        CheckKey(key);
        _macSize = macSize;
        nint cipher = FetchedAlgorithms.AesCbc(key.Length);
        uint version = RecordsWithoutIv;
        nuint size = (nuint)macSize;
        byte* iv = stackalloc byte[BlockSize];
        fixed (byte* keyPointer = key, versionName = "tls-version"u8, sizeName = "tls-mac-size"u8)
        {
            OsslParam* parameters = stackalloc OsslParam[3];
            parameters[0] = new OsslParam { Key = versionName, DataType = OsslParam.UnsignedInteger, Data = &version, DataSize = sizeof(uint) };
            parameters[1] = new OsslParam { Key = sizeName, DataType = OsslParam.UnsignedInteger, Data = &size, DataSize = (nuint)sizeof(nuint) };
            parameters[2] = default;
            // The key schedules of both directions differ, so each has its context.
            if (Native.EVP_EncryptInit_ex2(_encrypting.Pointer, cipher, keyPointer, iv, (nint)parameters) != 1
                || Native.EVP_DecryptInit_ex2(_decrypting.Pointer, cipher, keyPointer, iv, (nint)parameters) != 1)
                throw LibcryptoError.Take("Setting an AES-CBC key failed");
        }
    }

    /// <inheritdoc/>
    public override void Encrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, int length)
    {
        CheckEncrypt(iv, buffer, length);
        int written = 0;
        bool done;
        fixed (byte* ivPointer = iv, pointer = buffer)
        {
            done = Native.EVP_EncryptInit_ex2(_encrypting.Pointer, 0, null, ivPointer, 0) == 1
                && Native.EVP_EncryptUpdate(_encrypting.Pointer, pointer, &written, pointer, length) == 1
                && written == buffer.Length;
        }
        GC.KeepAlive(this);
        if (!done)
            throw LibcryptoError.Take("Encrypting a record failed");
    }

    /// <inheritdoc/>
    public override bool TryDecrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, out int length) => TryDecrypt(iv, buffer, out length, out _);

    /// <summary>
    /// As the public one; and with a MAC it fails only for lengths that no record has, which everybody can see. The content's length is a
    /// secret until the MAC has been checked.
    /// </summary>
    /// <param name="mac">libcrypto's copy of the record's MAC, random where the padding is bad; valid until the next call.</param>
    internal bool TryDecrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, out int length, out byte* mac)
    {
        CheckIv(iv);
        length = 0;
        mac = null;
        if (buffer.IsEmpty)
            return false;
        int written = 0;
        byte* found = null;
        bool done;
        fixed (byte* ivPointer = iv, pointer = buffer)
        {
            done = Native.EVP_DecryptInit_ex2(_decrypting.Pointer, 0, null, ivPointer, 0) == 1
                && Native.EVP_DecryptUpdate(_decrypting.Pointer, pointer, &written, pointer, buffer.Length) == 1
                && (_macSize == 0 || GetMac(&found));
        }
        GC.KeepAlive(this);
        if (!done)
            LibcryptoError.Clear();
        length = written;
        mac = found;
        return done;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _encrypting.Dispose();
        _decrypting.Dispose();
    }

    private bool GetMac(byte** mac)
    {
        fixed (byte* name = "tls-mac"u8)
        {
            OsslParam* parameters = stackalloc OsslParam[2];
            parameters[0] = new OsslParam { Key = name, DataType = OsslParam.OctetPointer, Data = mac, DataSize = (nuint)_macSize };
            parameters[1] = default;
            return Native.EVP_CIPHER_CTX_get_params(_decrypting.Pointer, parameters) == 1 && *mac != null;
        }
    }
}
