namespace Latchkey.Crypto;

/// <summary>A transcript hash: grows message by message and can be read at any point (RFC 8446 §4.4.1).</summary>
public abstract class RunningHash : IDisposable
{
    /// <summary>Which digest.</summary>
    public abstract DigestAlgorithm Algorithm { get; }

    /// <summary>Adds bytes.</summary>
    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Writes the digest of everything so far; the hash goes on. Returns its size in bytes.</summary>
    public abstract int GetCurrentHash(Span<byte> destination);

    /// <summary>An independent copy of the state so far; the caller disposes it.</summary>
    public abstract RunningHash Fork();

    /// <summary>Frees the state.</summary>
    public abstract void Dispose();
}
