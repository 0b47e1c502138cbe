using System.Runtime.CompilerServices;

namespace Latchkey.Client;

/// <summary>
/// Takes a TLS premaster secret out of a raw RSA block (RFC 8017 §7.2.2, RFC 5246 §7.4.7.1) without a branch, an index or a length
/// that depends on what is in it: Bleichenbacher's attack and its later forms (ROBOT, Manger) live on any such difference
/// (attacks 7, 8).
/// </summary>
internal static class TlsPremaster
{
    public const int Size = 48;

    /// <summary>
    /// <c>00 02</c>, at least eight non-zero bytes, <c>00</c>, 48 bytes that begin with the client's version: those 48 bytes replace
    /// what is in <paramref name="premaster"/>. Anything else leaves it as it was: random, filled by the caller beforehand.
    /// </summary>
    /// <param name="block">As long as the modulus, which is public.</param>
    /// <param name="premaster">48 random bytes.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static void Unpad(ReadOnlySpan<byte> block, ushort clientVersion, Span<byte> premaster)
    {
        // A modulus too short for the padding fits no block at all; its length is public.
        if (block.Length < Size + 11)
            return;
        var content = block.Length - Size;
        var bad = block[0] | (block[1] ^ 2) | block[content - 1]
            | (block[content] ^ (clientVersion >> 8)) | (block[content + 1] ^ (clientVersion & 0xFF));
        for (var i = 2; i < content - 1; i++)
            bad |= IsZero(block[i]);
        // All ones where bad is zero, else all zeros: (0 - 1) >> 31 keeps the sign.
        var good = (bad - 1) >> 31;
        for (var i = 0; i < Size; i++)
            premaster[i] = (byte)((block[content + i] & good) | (premaster[i] & ~good));
    }

    // 1 for zero, else 0, for values of one byte.
    private static int IsZero(int value) => (int)((uint)(value - 1) >> 31);
}
