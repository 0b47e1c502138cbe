namespace Latchkey.Crypto;

/// <summary>HMAC (RFC 2104) under one key, for many messages one after another.</summary>
public abstract class Hmac : IDisposable
{
    /// <summary>Size of a code in bytes.</summary>
    public abstract int Size { get; }

    /// <summary>Adds bytes to the current message.</summary>
    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Ends the current message, writes <see cref="Size"/> bytes and begins the next under the same key.</summary>
    public abstract void Finish(Span<byte> destination);

    /// <summary>Frees the key.</summary>
    public abstract void Dispose();
}
