using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>
/// A secret of fixed length in pinned memory: the garbage collector never copies it, <see cref="Dispose"/> zeroes it.
/// The one type for premaster, master and traffic secrets, session keys and private DH values.
/// </summary>
/// <remarks>
/// Ownership: whoever receives one disposes it, unless the documentation of the member says that it lends it.
/// Not thread-safe. Never prints its content.
/// </remarks>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>A secret of <paramref name="length"/> zero bytes, to be written through <see cref="Span"/>.</summary>
    public SecretBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>A copy of <paramref name="source"/>; the caller still has to zero the source.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> source)
    {
        var secret = new SecretBytes(source.Length);
        source.CopyTo(secret._bytes);
        return secret;
    }

    /// <summary><paramref name="length"/> bytes of the system's random generator.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = new SecretBytes(length);
        RandomNumberGenerator.Fill(secret._bytes);
        return secret;
    }

    /// <summary>Length in bytes; not itself secret.</summary>
    public int Length => _bytes.Length;

    /// <summary>The bytes, lent: valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The secret has been zeroed.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Compares in time that depends on the length alone.</summary>
    public bool FixedTimeEquals(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(Span, other);

    /// <summary>Zeroes the bytes; further use throws. May be called twice.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>The length only.</summary>
    public override string ToString() => $"SecretBytes({_bytes.Length})";
}
