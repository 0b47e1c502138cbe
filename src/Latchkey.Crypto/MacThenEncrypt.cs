namespace Latchkey.Crypto;

/// <summary>
/// GenericBlockCipher of TLS 1.2 (RFC 5246 §6.2.3.2): AES-CBC over content ‖ HMAC ‖ padding. Opening takes the same time whatever the
/// padding, the content's length and the MAC are (Lucky Thirteen), and answers all that can be wrong with the same false.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public abstract class MacThenEncrypt : IDisposable
{
    /// <summary>What the MAC covers before the content's length: sequence number 8, type 1, version 2.</summary>
    public const int HeaderSize = 11;

    /// <summary>Length of the MAC in bytes.</summary>
    public abstract int MacSize { get; }

    /// <summary>Length of the ciphertext of so much content.</summary>
    public int SealedSize(int length) => AesCbc.PaddedSize(length + MacSize);

    /// <summary>Appends MAC and padding and encrypts, in place.</summary>
    /// <param name="iv"><see cref="AesCbc.BlockSize"/> bytes that nobody can predict.</param>
    /// <param name="header"><see cref="HeaderSize"/> bytes.</param>
    /// <param name="buffer">Exactly <see cref="SealedSize"/> of <paramref name="length"/> bytes, content first.</param>
    /// <param name="length">Of the content.</param>
    public abstract void Seal(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> header, Span<byte> buffer, int length);

    /// <summary>Decrypts in place, removes the padding and checks the MAC; the content is at the start of <paramref name="buffer"/>.</summary>
    /// <param name="iv"><see cref="AesCbc.BlockSize"/> bytes.</param>
    /// <param name="header"><see cref="HeaderSize"/> bytes.</param>
    /// <param name="buffer">Ciphertext; at most 64 KiB.</param>
    /// <param name="length">Of the content.</param>
    /// <returns>false where anything is wrong; the buffer is then zeroed.</returns>
    public abstract bool TryOpen(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> header, Span<byte> buffer, out int length);

    /// <summary>Frees the keys.</summary>
    public abstract void Dispose();
}
