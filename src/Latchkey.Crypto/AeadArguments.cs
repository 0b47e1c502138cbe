namespace Latchkey.Crypto;

/// <summary>The contract of <see cref="Aead"/>, checked alike by every provider.</summary>
internal static class AeadArguments
{
    internal static void CheckSeal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        CheckNonce(nonce);
        if (destination.Length - Aead.TagSize != plaintext.Length)
            throw new ArgumentException($"The destination has to be {Aead.TagSize} bytes longer than the plaintext.", nameof(destination));
        CheckOverlap(plaintext, destination);
    }

    internal static void CheckOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, Span<byte> destination)
    {
        CheckNonce(nonce);
        if (ciphertext.Length - Aead.TagSize != destination.Length)
            throw new ArgumentException($"The destination has to be {Aead.TagSize} bytes shorter than the ciphertext.", nameof(destination));
        CheckOverlap(ciphertext, destination);
    }

    private static void CheckNonce(ReadOnlySpan<byte> nonce)
    {
        if (nonce.Length != Aead.NonceSize)
            throw new ArgumentException($"A nonce has {Aead.NonceSize} bytes.", nameof(nonce));
    }

    private static void CheckOverlap(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Overlaps(destination, out int offset) && offset != 0)
            throw new ArgumentException("Source and destination overlap without beginning at the same address.", nameof(destination));
    }
}
