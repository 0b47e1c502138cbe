using System.Diagnostics;
using System.Security.Cryptography;

namespace Latchkey.Crypto.Tests;

public sealed class ConcurrencyTests
{
    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void One_key_pair_serves_many_threads_at_once(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using PrivateKey key = crypto.ImportPrivateKey(pair.ExportPkcs8PrivateKey());
        using PublicKey publicKey = crypto.ImportPublicKey(pair.ExportSubjectPublicKeyInfo());
        int good = 0;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            byte[] message = BitConverter.GetBytes(i);
            if (publicKey.Verify(SignatureScheme.EcdsaSecp256r1Sha256, message, key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, message)))
                Interlocked.Increment(ref good);
        });
        Assert.Equal(400, good);
    }

    [Fact]
    public void A_key_disposed_while_threads_use_it_ends_in_object_disposed_and_nothing_worse()
    {
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] pkcs8 = pair.ExportPkcs8PrivateKey();
        for (int round = 0; round < 20; round++)
        {
            PrivateKey key = crypto.ImportPrivateKey(pkcs8);
            Parallel.For(0, 40, i =>
            {
                if (i == 20)
                    key.Dispose();
                try
                {
                    Assert.NotEmpty(key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "message"u8));
                }
                catch (ObjectDisposedException)
                {
                    // what a disposed key says
                }
            });
            Assert.Throws<ObjectDisposedException>(() => key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "message"u8));
        }
    }

    [Fact, Trait("Catalogue", "K2")]
    public void Good_and_bad_premasters_take_about_the_same_time()
    {
        // A sanity check of the shape, not of constant time: an early return would be 100 times faster, an exception or a
        // second decryption slower by half. Interleaved minima stand load from outside.
        CryptoProvider crypto = Providers.Named(Providers.Libcrypto);
        using RSA pair = RSA.Create(2048);
        using PrivateKey key = crypto.ImportPrivateKey(pair.ExportPkcs8PrivateKey());
        byte[] good = pair.Encrypt([3, 3, .. new byte[46]], RSAEncryptionPadding.Pkcs1);
        byte[][] ciphertexts = [good, [0, .. RandomNumberGenerator.GetBytes(255)], good[1..], [.. Enumerable.Repeat((byte)255, 256)]];
        double[] least = [double.MaxValue, double.MaxValue, double.MaxValue, double.MaxValue];
        for (int round = 0; round < 100; round++)
        {
            for (int i = 0; i < ciphertexts.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                key.DecryptPremaster(ciphertexts[i], 0x0303).Dispose();
                least[i] = Math.Min(least[i], Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }
        Assert.True(least.Max() < least.Min() * 1.5, string.Join(" µs, ", least));
    }
}
