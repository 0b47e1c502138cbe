namespace Latchkey.Crypto;

/// <summary>Authenticated encryption under one key (RFC 5116). Nonces 12 bytes, tags 16 bytes, all suites alike.</summary>
public abstract class Aead : IDisposable
{
    /// <summary>Length of a nonce in bytes.</summary>
    public const int NonceSize = 12;

    /// <summary>Length of a tag in bytes.</summary>
    public const int TagSize = 16;

    /// <summary>
    /// Encrypts <paramref name="plaintext"/> to <paramref name="destination"/>, which is exactly <see cref="TagSize"/> longer:
    /// ciphertext, then tag. The two may begin at the same address (in place); any other overlap is misuse.
    /// </summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> associatedData);

    /// <summary>
    /// Decrypts ciphertext-then-tag; <paramref name="destination"/> is exactly <see cref="TagSize"/> shorter. In place as in Seal.
    /// </summary>
    /// <returns>false where the tag is wrong; the destination is then zeroed.</returns>
    public abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, Span<byte> destination, ReadOnlySpan<byte> associatedData);

    /// <summary>Frees the key.</summary>
    public abstract void Dispose();
}
