using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Tls12;

/// <summary>The key block, RFC 5246 §6.3. Public because a key server derives it too (catalogue K3c, K5).</summary>
public static class KeyBlock
{
    /// <summary>Derives and partitions it; AEAD suites have no MAC keys. The caller owns the result.</summary>
    /// <param name="crypto">Does the PRF.</param>
    /// <param name="suite">A TLS 1.2 suite.</param>
    /// <param name="master">48 bytes, lent.</param>
    /// <param name="clientRandom">32 bytes.</param>
    /// <param name="serverRandom">32 bytes.</param>
    public static Tls12RecordKeys Derive(CryptoProvider crypto, CipherSuite suite, SecretBytes master, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
    {
        var facts = CipherSuiteFacts.Of(suite);
        var keySize = facts.Aead.KeySizeInBytes();
        var ivSize = facts.FixedIvSize;
        Span<byte> block = stackalloc byte[2 * (keySize + ivSize)];
        try
        {
            // The randoms change places here: server_random first, unlike in the master secret.
            Tls12Prf.Derive(crypto, facts.Digest, master.Span, "key expansion"u8, serverRandom, clientRandom, block);
            return new Tls12RecordKeys(
                SecretBytes.CopyOf(block[..keySize]),
                SecretBytes.CopyOf(block.Slice(keySize, keySize)),
                SecretBytes.CopyOf(block.Slice(2 * keySize, ivSize)),
                SecretBytes.CopyOf(block.Slice((2 * keySize) + ivSize, ivSize)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(block);
        }
    }
}
