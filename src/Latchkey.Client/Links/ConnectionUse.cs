namespace Latchkey.Client.Links;

/// <summary>Whether a connection is still needed, for one that is made on demand (catalogue L6).</summary>
internal sealed class ConnectionUse
{
    private int _holds;
    private long _asked;

    /// <summary>Requests so far.</summary>
    public long Requests => Volatile.Read(ref _asked);

    /// <summary>Whether somebody has more to ask on this connection and no other.</summary>
    public bool IsHeld => Volatile.Read(ref _holds) > 0;

    public void Asked() => Interlocked.Increment(ref _asked);

    public void Hold() => Interlocked.Increment(ref _holds);

    public void Release() => Interlocked.Decrement(ref _holds);
}
