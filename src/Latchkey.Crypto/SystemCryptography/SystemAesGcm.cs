using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>AES-GCM of the base library.</summary>
internal sealed class SystemAesGcm : Aead
{
    private readonly AesGcm _aes;

    internal SystemAesGcm(AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        if (key.Length != algorithm.KeySizeInBytes())
            throw new ArgumentException($"{algorithm} takes a key of {algorithm.KeySizeInBytes()} bytes, not {key.Length}.", nameof(key));
        _aes = new AesGcm(key, TagSize);
    }

    /// <inheritdoc/>
    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> associatedData)
    {
        AeadArguments.CheckSeal(nonce, plaintext, destination);
        _aes.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], associatedData);
    }

    /// <inheritdoc/>
    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, Span<byte> destination, ReadOnlySpan<byte> associatedData)
    {
        AeadArguments.CheckOpen(nonce, ciphertext, destination);
        try
        {
            _aes.Decrypt(nonce, ciphertext[..destination.Length], ciphertext[destination.Length..], destination, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(destination);
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _aes.Dispose();
}
