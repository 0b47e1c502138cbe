using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;

namespace Latchkey.Client.Tests;

/// <summary>A P-256 key whose first use fails, as one in a device may.</summary>
internal sealed class FaultyKey : PrivateKey
{
    private readonly PrivateKey _inner = CryptoProvider.Default.ImportPrivateKey(RemoteKey.Of(TestKey.EcdsaP256).Pkcs8);
    private int _used;

    /// <summary>How often, the failure included.</summary>
    public int Used => Volatile.Read(ref _used);

    public override KeyAlgorithm Algorithm => _inner.Algorithm;

    public override int KeySizeBits => _inner.KeySizeBits;

    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _inner.SubjectPublicKeyInfo;

    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) =>
        Interlocked.Increment(ref _used) > 1 ? _inner.Sign(scheme, message) : throw new CryptographicException("the device is away");

    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash) => throw new NotSupportedException();

    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => throw new NotSupportedException();

    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => throw new NotSupportedException();

    public override void Dispose() => _inner.Dispose();
}
