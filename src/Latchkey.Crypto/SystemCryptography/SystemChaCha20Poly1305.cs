using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>ChaCha20-Poly1305 of the base library.</summary>
internal sealed class SystemChaCha20Poly1305 : Aead
{
    private readonly ChaCha20Poly1305 _chaCha;

    internal SystemChaCha20Poly1305(ReadOnlySpan<byte> key)
    {
        if (key.Length != AeadAlgorithm.ChaCha20Poly1305.KeySizeInBytes())
            throw new ArgumentException($"ChaCha20-Poly1305 takes a key of 32 bytes, not {key.Length}.", nameof(key));
        _chaCha = new ChaCha20Poly1305(key);
    }

    /// <inheritdoc/>
    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> associatedData)
    {
        AeadArguments.CheckSeal(nonce, plaintext, destination);
        _chaCha.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], associatedData);
    }

    /// <inheritdoc/>
    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, Span<byte> destination, ReadOnlySpan<byte> associatedData)
    {
        AeadArguments.CheckOpen(nonce, ciphertext, destination);
        try
        {
            _chaCha.Decrypt(nonce, ciphertext[..destination.Length], ciphertext[destination.Length..], destination, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(destination);
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _chaCha.Dispose();
}
