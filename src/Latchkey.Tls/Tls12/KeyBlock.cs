using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Tls12;

/// <summary>The key block, RFC 5246 §6.3. Public because a key server derives it too (catalogue K3c, K5), and an edge cuts up what it is sent.</summary>
public static class KeyBlock
{
    /// <summary>Bytes of a suite's key block: 40 to 192.</summary>
    public static int Size(CipherSuite suite)
    {
        var cipher = CipherSuiteFacts.Of(suite).Cipher;
        return 2 * (cipher.MacKeySize + cipher.KeySize + cipher.FixedIvSize);
    }

    /// <summary>Derives and partitions it. The caller owns the result.</summary>
    /// <param name="crypto">Does the PRF.</param>
    /// <param name="suite">A TLS 1.2 suite.</param>
    /// <param name="master">48 bytes, lent.</param>
    /// <param name="clientRandom">32 bytes.</param>
    /// <param name="serverRandom">32 bytes.</param>
    public static Tls12RecordKeys Derive(CryptoProvider crypto, CipherSuite suite, SecretBytes master, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
    {
        using var block = DeriveBlock(crypto, suite, master, clientRandom, serverRandom);
        return Partition(suite, block.Span);
    }

    /// <summary>Derives it whole, for somebody else to cut up. The caller owns the result.</summary>
    /// <param name="crypto">Does the PRF.</param>
    /// <param name="suite">A TLS 1.2 suite.</param>
    /// <param name="master">48 bytes, lent.</param>
    /// <param name="clientRandom">32 bytes.</param>
    /// <param name="serverRandom">32 bytes.</param>
    public static SecretBytes DeriveBlock(CryptoProvider crypto, CipherSuite suite, SecretBytes master, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
    {
        var block = new SecretBytes(Size(suite));
        // The randoms change places here: server_random first, unlike in the master secret.
        Tls12Prf.Derive(crypto, CipherSuiteFacts.Of(suite).Digest, master.Span, "key expansion"u8, serverRandom, clientRandom, block.Span);
        return block;
    }

    /// <summary>Cuts a block up. The caller owns the result and zeroes the block.</summary>
    /// <param name="suite">A TLS 1.2 suite.</param>
    /// <param name="block">Of the suite's <see cref="Size"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The block has another size.</exception>
    public static Tls12RecordKeys Partition(CipherSuite suite, ReadOnlySpan<byte> block)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(block.Length, Size(suite), nameof(block));
        var cipher = CipherSuiteFacts.Of(suite).Cipher;
        return new Tls12RecordKeys(
            Take(ref block, cipher.MacKeySize), Take(ref block, cipher.MacKeySize),
            Take(ref block, cipher.KeySize), Take(ref block, cipher.KeySize),
            Take(ref block, cipher.FixedIvSize), Take(ref block, cipher.FixedIvSize));
    }

    private static SecretBytes Take(ref ReadOnlySpan<byte> block, int size)
    {
        var part = SecretBytes.CopyOf(block[..size]);
        block = block[size..];
        return part;
    }
}
