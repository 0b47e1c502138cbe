namespace Latchkey.Crypto;

/// <summary>
/// AES-CBC under one key with the padding of TLS (RFC 5246 §6.2.3.2), each record under an IV of its own. It protects nothing by itself:
/// encrypt-then-MAC (RFC 7366) authenticates the ciphertext around it.
/// </summary>
/// <remarks>Keys have 16 or 32 bytes. Not thread-safe.</remarks>
public abstract class AesCbc : IDisposable
{
    /// <summary>Length of a block and of an IV in bytes.</summary>
    public const int BlockSize = 16;

    /// <summary>Length after padding: at least one byte is added, at most a block (RFC 5246 allows more to hide lengths; we do not).</summary>
    public static int PaddedSize(int length) => length + BlockSize - (length % BlockSize);

    /// <summary>Pads and encrypts in place.</summary>
    /// <param name="iv"><see cref="BlockSize"/> bytes that nobody can predict (RFC 5246 §6.2.3.2; BEAST).</param>
    /// <param name="buffer">Exactly <see cref="PaddedSize"/> of <paramref name="length"/> bytes, plaintext first.</param>
    /// <param name="length">Of the plaintext.</param>
    public abstract void Encrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, int length);

    /// <summary>
    /// Decrypts in place and removes the padding. Only for ciphertext that has been authenticated: its answer, and the time it takes, would
    /// otherwise be a padding oracle (Vaudenay).
    /// </summary>
    /// <returns>false where the length is not that of whole blocks or the padding is bad.</returns>
    public abstract bool TryDecrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, out int length);

    /// <summary>Frees the key.</summary>
    public abstract void Dispose();

    private protected static void CheckEncrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, int length)
    {
        CheckIv(iv);
        if (buffer.Length != PaddedSize(length))
            throw new ArgumentException($"{length} bytes of plaintext need a buffer of {PaddedSize(length)}, not {buffer.Length}.", nameof(buffer));
    }

    private protected static void CheckIv(ReadOnlySpan<byte> iv)
    {
        if (iv.Length != BlockSize)
            throw new ArgumentException($"An IV has {BlockSize} bytes.", nameof(iv));
    }

    private protected static void CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.Length is not (16 or 32))
            throw new ArgumentException($"AES keys of TLS have 16 or 32 bytes, not {key.Length}.", nameof(key));
    }
}
