using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// One EVP_CIPHER_CTX that keeps its key schedule; a record sets the nonce only. Measured: 64 bytes in about 0.4 µs
/// against 1.3 µs through <see cref="AesGcm"/>, without allocation.
/// </summary>
internal sealed unsafe class LibcryptoAead : Aead
{
    private readonly CipherContextHandle _context = new();

    internal LibcryptoAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        if (key.Length != algorithm.KeySizeInBytes())
            throw new ArgumentException($"{algorithm} takes a key of {algorithm.KeySizeInBytes()} bytes, not {key.Length}.", nameof(key));
        fixed (byte* keyPointer = key)
        {
            if (Native.EVP_EncryptInit_ex2(_context.Pointer, FetchedAlgorithms.Cipher(algorithm), keyPointer, null, 0) != 1)
                throw LibcryptoError.Take("Setting an AEAD key failed");
        }
    }

    /// <inheritdoc/>
    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> associatedData)
    {
        AeadArguments.CheckSeal(nonce, plaintext, destination);
        nint context = _context.Pointer;
        int written;
        bool done;
        fixed (byte* iv = nonce, input = plaintext, output = destination, associated = associatedData)
        {
            done = Native.EVP_EncryptInit_ex2(context, 0, null, iv, 0) == 1
                && (associatedData.IsEmpty || Native.EVP_EncryptUpdate(context, null, &written, associated, associatedData.Length) == 1)
                && (plaintext.IsEmpty || Native.EVP_EncryptUpdate(context, output, &written, input, plaintext.Length) == 1)
                && Native.EVP_EncryptFinal_ex(context, output + plaintext.Length, &written) == 1
                && Native.EVP_CIPHER_CTX_ctrl(context, Native.EVP_CTRL_AEAD_GET_TAG, TagSize, output + plaintext.Length) == 1;
        }
        GC.KeepAlive(this);
        if (!done)
        {
            CryptographicOperations.ZeroMemory(destination);
            throw LibcryptoError.Take("Sealing failed");
        }
    }

    /// <inheritdoc/>
    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, Span<byte> destination, ReadOnlySpan<byte> associatedData)
    {
        AeadArguments.CheckOpen(nonce, ciphertext, destination);
        nint context = _context.Pointer;
        int length = destination.Length;
        int written;
        byte nothing;
        bool good;
        fixed (byte* iv = nonce, input = ciphertext, target = destination, associated = associatedData)
        {
            byte* output = target == null ? &nothing : target; // an empty destination pins to null, which libcrypto reads as "associated data"
            good = Native.EVP_DecryptInit_ex2(context, 0, null, iv, 0) == 1
                && Native.EVP_CIPHER_CTX_ctrl(context, Native.EVP_CTRL_AEAD_SET_TAG, TagSize, input + length) == 1
                && (associatedData.IsEmpty || Native.EVP_DecryptUpdate(context, null, &written, associated, associatedData.Length) == 1)
                && (length == 0 || Native.EVP_DecryptUpdate(context, output, &written, input, length) == 1)
                && Native.EVP_DecryptFinal_ex(context, output + length, &written) == 1;
        }
        GC.KeepAlive(this);
        if (!good)
        {
            LibcryptoError.Clear();
            CryptographicOperations.ZeroMemory(destination);
        }
        return good;
    }

    /// <inheritdoc/>
    public override void Dispose() => _context.Dispose();
}
