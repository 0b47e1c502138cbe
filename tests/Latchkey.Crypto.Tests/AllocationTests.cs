namespace Latchkey.Crypto.Tests;

/// <summary>What runs per record or per derivation allocates nothing; measured on this thread, after a warm-up.</summary>
public sealed class AllocationTests
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;

    [Theory]
    [InlineData(AeadAlgorithm.Aes128Gcm)]
    [InlineData(AeadAlgorithm.Aes256Gcm)]
    [InlineData(AeadAlgorithm.ChaCha20Poly1305)]
    public void Sealing_and_opening_a_record_allocates_nothing(AeadAlgorithm algorithm)
    {
        using Aead aead = Crypto.CreateAead(algorithm, new byte[algorithm.KeySizeInBytes()]);
        byte[] record = new byte[1016], nonce = new byte[12], header = new byte[5];
        Assert.Equal(0, AllocatedBy(() =>
        {
            aead.Seal(nonce, record.AsSpan(0, 1000), record, header);
            if (!aead.TryOpen(nonce, record, record.AsSpan(0, 1000), header))
                throw new InvalidOperationException("The record did not open.");
        }));
    }

    [Fact]
    public void Sealing_and_opening_a_record_of_a_block_cipher_allocates_nothing()
    {
        using MacThenEncrypt cipher = Crypto.CreateMacThenEncrypt(DigestAlgorithm.Sha1, new byte[16], new byte[20]);
        byte[] record = new byte[cipher.SealedSize(1000)], iv = new byte[16], header = new byte[11];
        Assert.Equal(0, AllocatedBy(() =>
        {
            cipher.Seal(iv, header, record, 1000);
            if (!cipher.TryOpen(iv, header, record, out _))
                throw new InvalidOperationException("The record did not open.");
        }));
    }

    [Fact]
    public void Reading_a_running_hash_and_hashing_at_once_allocate_nothing()
    {
        using RunningHash hash = Crypto.CreateHash(DigestAlgorithm.Sha256);
        byte[] digest = new byte[32];
        Assert.Equal(0, AllocatedBy(() =>
        {
            hash.Append(digest);
            hash.GetCurrentHash(digest);
            Crypto.Hash(DigestAlgorithm.Sha256, digest, digest);
        }));
    }

    [Fact]
    public void An_hmac_under_a_kept_key_allocates_nothing()
    {
        using Hmac hmac = Crypto.CreateHmac(DigestAlgorithm.Sha256, new byte[32]);
        byte[] code = new byte[32];
        Assert.Equal(0, AllocatedBy(() =>
        {
            hmac.Append(code);
            hmac.Finish(code);
        }));
    }

    private static long AllocatedBy(Action action)
    {
        for (int i = 0; i < 200; i++)
            action();
        // The runtime may allocate on this thread once more while it recompiles; the smallest of several rounds is the truth.
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
