namespace Latchkey.Crypto.Libcrypto;

/// <summary>The padded keys of RFC 2104 §2: key ⊕ ipad and key ⊕ opad, each one block of the digest.</summary>
internal static class HmacPad
{
    internal const int MaxBlockSize = 128;

    private const byte Inner = 0x36;
    private const byte Outer = 0x5C;

    internal static int BlockSize(DigestAlgorithm algorithm) =>
        algorithm is DigestAlgorithm.Sha384 or DigestAlgorithm.Sha512 ? 128 : 64;

    /// <summary>Fills one block with key ⊕ ipad; a key longer than the block is hashed first.</summary>
    internal static void Fill(Span<byte> pad, ReadOnlySpan<byte> key, DigestAlgorithm algorithm)
    {
        pad.Clear();
        if (key.Length > pad.Length)
            LibcryptoHash.HashOnce(algorithm, key, pad);
        else
            key.CopyTo(pad);
        foreach (ref byte octet in pad)
            octet ^= Inner;
    }

    internal static void InnerToOuter(Span<byte> pad)
    {
        foreach (ref byte octet in pad)
            octet ^= Inner ^ Outer;
    }
}
