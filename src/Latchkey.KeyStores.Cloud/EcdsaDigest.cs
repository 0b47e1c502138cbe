namespace Latchkey.KeyStores.Cloud;

/// <summary>
/// Services take a digest of the curve's size and no other, where TLS 1.2 lets a P-256 key sign a SHA-384 digest and a P-384 key a SHA-256 one. ECDSA reads a digest as a number of at most
/// the curve's bits, the leftmost ones (FIPS 186-5 §6.4.1), so that one that is cut, or has zeros before it, gives the same signature.
/// </summary>
internal static class EcdsaDigest
{
    /// <param name="size">32 for P-256, 48 for P-384.</param>
    public static byte[] Fit(ReadOnlySpan<byte> hash, int size)
    {
        var fitted = new byte[size];
        if (hash.Length >= size)
            hash[..size].CopyTo(fitted);
        else
            hash.CopyTo(fitted.AsSpan(size - hash.Length));
        return fitted;
    }
}
