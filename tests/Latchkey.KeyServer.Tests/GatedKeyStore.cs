using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyStores;
using Latchkey.Testing;

namespace Latchkey.KeyServer.Tests;

/// <summary>A device whose operations wait until the test lets them through, or fail when it says so.</summary>
internal sealed class GatedKeyStore(TestCertificate site, int places) : IKeyStore
{
    private readonly ManualResetEventSlim _open = new(initialState: false);
    private int _inside;
    private int _most;

    public string Scheme => "gated";

    /// <summary>Operations in the device now.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>The most there were at once.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <summary>What the device says instead of working.</summary>
    public string? Failure { get; set; }

    public OpenedKey Open(KeyUri uri) => new(new GatedKey(this, CryptoProvider.Default.ImportPrivateKey(site.PrivateKey)), "gated device", places);

    public void LetThrough() => _open.Set();

    public void Hold() => _open.Reset();

    public void Dispose() => _open.Dispose();

    private T Work<T>(Func<T> work)
    {
        if (Failure is { } failure)
            throw new KeyStoreException(failure);
        var inside = Interlocked.Increment(ref _inside);
        InterlockedMax(inside);
        _open.Wait();
        Interlocked.Decrement(ref _inside);
        return work();
    }

    private void InterlockedMax(int inside)
    {
        for (var most = Most; inside > most;)
        {
            var seen = Interlocked.CompareExchange(ref _most, inside, most);
            if (seen == most)
                return;
            most = seen;
        }
    }

    private sealed class GatedKey(GatedKeyStore device, PrivateKey key) : PrivateKey
    {
        public override KeyAlgorithm Algorithm => key.Algorithm;

        public override int KeySizeBits => key.KeySizeBits;

        public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => key.SubjectPublicKeyInfo;

        public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message)
        {
            var bytes = message.ToArray();
            return device.Work(() => key.Sign(scheme, bytes));
        }

        public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
        {
            var bytes = hash.ToArray();
            return device.Work(() => key.SignDigest(digest, padding, bytes));
        }

        public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => throw new CryptographicException();

        public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => throw new CryptographicException();

        public override void Dispose() => key.Dispose();
    }
}
