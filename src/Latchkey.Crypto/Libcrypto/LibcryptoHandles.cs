using System.Runtime.InteropServices;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>An EVP_CIPHER_CTX; freeing cleanses the key schedule.</summary>
internal sealed class CipherContextHandle() : LibcryptoHandle(Native.EVP_CIPHER_CTX_new())
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Native.EVP_CIPHER_CTX_free(handle);
        return true;
    }
}

/// <summary>An EVP_MD_CTX; freeing cleanses the state.</summary>
internal sealed class DigestContextHandle() : LibcryptoHandle(Native.EVP_MD_CTX_new())
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Native.EVP_MD_CTX_free(handle);
        return true;
    }
}

/// <summary>An EVP_MAC_CTX; freeing cleanses the key.</summary>
internal sealed class MacContextHandle(nint context) : LibcryptoHandle(context)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Native.EVP_MAC_CTX_free(handle);
        return true;
    }
}

/// <summary>One reference to an EVP_PKEY; the last one to go zeroes a private key.</summary>
internal sealed class KeyHandle(nint key) : LibcryptoHandle(key)
{
    /// <summary>
    /// Runs <paramref name="use"/> with the pointer, which stays valid meanwhile even if another thread disposes the key.
    /// What libcrypto makes from it holds a reference of its own.
    /// </summary>
    internal T Hold<T>(Func<nint, T> use)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return use(handle);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Native.EVP_PKEY_free(handle);
        return true;
    }
}

/// <summary>Owns one object of libcrypto.</summary>
internal abstract class LibcryptoHandle : SafeHandle
{
    private protected LibcryptoHandle(nint pointer) : base(0, ownsHandle: true)
    {
        if (pointer == 0)
            throw LibcryptoError.Take("libcrypto could not make an object");
        SetHandle(pointer);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>
    /// The pointer. Whoever takes it keeps this object alive until after the call (<see cref="GC.KeepAlive"/>); objects
    /// used by one thread at a time need no reference count, which per record would cost more than the check it makes.
    /// </summary>
    internal nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }
}
