namespace Latchkey.Crypto.Libcrypto;

/// <summary>A public key in an EVP_PKEY.</summary>
internal sealed unsafe class LibcryptoPublicKey : PublicKey
{
    private readonly KeyHandle _key;
    private readonly KeyInfo _info;
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly SchemePools _verifying;

    internal LibcryptoPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        _info = KeyInfo.OfSubjectPublicKeyInfo(subjectPublicKeyInfo);
        _subjectPublicKeyInfo = subjectPublicKeyInfo.ToArray();
        _key = Read(subjectPublicKeyInfo);
        _verifying = new SchemePools((padding, digest) => KeyOperation.NewVerifying(_key, padding, digest));
    }

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => _info.Algorithm;

    /// <inheritdoc/>
    public override int KeySizeBits => _info.SizeBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <inheritdoc/>
    public override bool Verify(SignatureScheme scheme, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        if (!scheme.GoesWith(Algorithm) || signature.IsEmpty)
            return false;
        if (scheme == SignatureScheme.Ed25519)
            return VerifyEd25519(message, signature);
        DigestAlgorithm digest = scheme.Digest();
        Span<byte> hash = stackalloc byte[digest.SizeInBytes()];
        LibcryptoHash.HashOnce(digest, message, hash);
        return VerifyDigest(digest, scheme.Padding(), hash, signature);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _verifying.Dispose();
        _key.Dispose();
    }

    private bool VerifyDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        ContextPool pool = _verifying.For(padding, digest);
        nint context = pool.Rent();
        int result;
        fixed (byte* hashPointer = hash, signaturePointer = signature)
            result = Native.EVP_PKEY_verify(context, signaturePointer, (nuint)signature.Length, hashPointer, (nuint)hash.Length);
        pool.Return(context);
        if (result != 1)
            LibcryptoError.Clear();
        return result == 1;
    }

    private bool VerifyEd25519(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        using var context = new DigestContextHandle();
        int result;
        byte empty = 0;
        fixed (byte* messagePointer = message, signaturePointer = signature)
        {
            LibcryptoError.ThrowUnlessDone(_key.Hold(key => Native.EVP_DigestVerifyInit_ex(context.Pointer, null, 0, 0, 0, key, 0)), "Verifying Ed25519 could not be set up");
            result = Native.EVP_DigestVerify(context.Pointer, signaturePointer, (nuint)signature.Length, messagePointer == null ? &empty : messagePointer, (nuint)message.Length);
        }
        if (result != 1)
            LibcryptoError.Clear();
        return result == 1;
    }

    private static KeyHandle Read(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        fixed (byte* start = subjectPublicKeyInfo)
        {
            byte* position = start;
            nint key = Native.d2i_PUBKEY(0, &position, subjectPublicKeyInfo.Length);
            if (key == 0)
                throw LibcryptoError.Take("The public key is not valid");
            return new KeyHandle(key);
        }
    }
}
