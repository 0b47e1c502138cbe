using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>A private key in an EVP_PKEY; every operation borrows a context from a pool, so any number run at once.</summary>
internal sealed unsafe partial class LibcryptoPrivateKey : PrivateKey
{
    private const int MaxSignatureSize = 1024; // RSA of 8,192 bits

    private readonly KeyHandle _key;
    private readonly KeyInfo _info;
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly SchemePools _signing;
    private readonly Lazy<PremasterSubstitute> _substitute;
    private readonly ContextPool _raw;

    internal LibcryptoPrivateKey(ReadOnlySpan<byte> pkcs8) : this(ReadKnown(pkcs8), pkcs8)
    {
    }

    /// <param name="key">Owned.</param>
    /// <param name="pkcs8">The same key; lent.</param>
    internal LibcryptoPrivateKey(KeyHandle key, ReadOnlySpan<byte> pkcs8)
    {
        _key = key;
        _subjectPublicKeyInfo = ReadPublicHalf(_key);
        _info = KeyInfo.OfSubjectPublicKeyInfo(_subjectPublicKeyInfo);
        _modulus = Algorithm == KeyAlgorithm.Rsa ? RsaModulus.Of(_subjectPublicKeyInfo) : [];
        _signing = new SchemePools((padding, digest) => KeyOperation.NewSigning(_key, padding, digest));
        _substitute = new Lazy<PremasterSubstitute>(MakeSubstitute);
        _raw = new ContextPool(() => KeyOperation.NewRawDecrypting(_key));
    }

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => _info.Algorithm;

    /// <inheritdoc/>
    public override int KeySizeBits => _info.SizeBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <inheritdoc/>
    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message)
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        scheme.ThrowUnlessItGoesWith(Algorithm);
        if (scheme == SignatureScheme.Ed25519)
            return SignEd25519(message);
        DigestAlgorithm digest = scheme.Digest();
        Span<byte> hash = stackalloc byte[digest.SizeInBytes()];
        LibcryptoHash.HashOnce(digest, message, hash);
        return SignHash(digest, scheme.Padding(), hash);
    }

    /// <inheritdoc/>
    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        SignatureSchemeFacts.ThrowUnlessRawSignable(Algorithm, digest, padding, hash);
        return SignHash(digest, padding, hash);
    }

    /// <inheritdoc/>
    public override SecretBytes? ExportPkcs8()
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        nint info = _key.Hold(Native.EVP_PKEY2PKCS8);
        try
        {
            int length = info == 0 ? 0 : Native.i2d_PKCS8_PRIV_KEY_INFO(info, null);
            if (length <= 0)
                throw LibcryptoError.Take("Exporting a private key failed");
            var pkcs8 = new SecretBytes(length);
            fixed (byte* start = pkcs8.Span)
            {
                byte* position = start;
                if (Native.i2d_PKCS8_PRIV_KEY_INFO(info, &position) != length)
                    throw LibcryptoError.Take("Exporting a private key failed");
            }
            return pkcs8;
        }
        finally
        {
            Native.PKCS8_PRIV_KEY_INFO_free(info); // cleanses its copy of the key
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _signing.Dispose();
        if (_substitute.IsValueCreated)
            _substitute.Value.Dispose();
        _raw.Dispose();
        _key.Dispose();
    }

    // One EVP_PKEY_sign on a context that was set up before: 25 µs for P-256 where EVP_DigestSign with its fetches takes 30.
    private byte[] SignHash(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        ContextPool pool = _signing.For(padding, digest);
        nint context = pool.Rent();
        Span<byte> signature = stackalloc byte[MaxSignatureSize];
        nuint length = MaxSignatureSize;
        int result;
        fixed (byte* hashPointer = hash, signaturePointer = signature)
            result = Native.EVP_PKEY_sign(context, signaturePointer, &length, hashPointer, (nuint)hash.Length);
        pool.Return(context);
        LibcryptoError.ThrowUnlessDone(result, "Signing failed");
        return signature[..(int)length].ToArray();
    }

    private byte[] SignEd25519(ReadOnlySpan<byte> message)
    {
        using var context = new DigestContextHandle();
        byte[] signature = new byte[64];
        nuint length = (nuint)signature.Length;
        byte empty = 0;
        fixed (byte* messagePointer = message, signaturePointer = signature)
        {
            bool done = _key.Hold(key => Native.EVP_DigestSignInit_ex(context.Pointer, null, 0, 0, 0, key, 0)) == 1
                && Native.EVP_DigestSign(context.Pointer, signaturePointer, &length, messagePointer == null ? &empty : messagePointer, (nuint)message.Length) == 1;
            if (!done)
                throw LibcryptoError.Take("Signing with Ed25519 failed");
        }
        return signature;
    }

    private static KeyHandle ReadKnown(ReadOnlySpan<byte> pkcs8)
    {
        KeyInfo.AlgorithmOfPkcs8(pkcs8); // its refusals name the reason better than libcrypto's decoder
        return Read(pkcs8);
    }

    internal static KeyHandle Read(ReadOnlySpan<byte> pkcs8)
    {
        fixed (byte* start = pkcs8)
        {
            byte* position = start;
            nint info = Native.d2i_PKCS8_PRIV_KEY_INFO(0, &position, pkcs8.Length);
            nint key = info == 0 ? 0 : Native.EVP_PKCS82PKEY(info);
            Native.PKCS8_PRIV_KEY_INFO_free(info); // cleanses its copy of the key
            if (key == 0)
                throw LibcryptoError.Take("The private key is not valid");
            return new KeyHandle(key);
        }
    }

    /// <summary>The SubjectPublicKeyInfo of a pair.</summary>
    internal static byte[] ReadPublicHalf(KeyHandle key)
    {
        int length = Native.i2d_PUBKEY(key.Pointer, null);
        if (length <= 0)
            throw LibcryptoError.Take("The private key has no public half");
        byte[] der = new byte[length];
        fixed (byte* start = der)
        {
            byte* position = start;
            if (Native.i2d_PUBKEY(key.Pointer, &position) != length)
                throw LibcryptoError.Take("The private key has no public half");
        }
        return der;
    }
}
