namespace Latchkey.KeyServer.Listener;

/// <summary>What is remembered of a connection beyond its end: whether an edge has gone over to another. Thread-safe.</summary>
/// <param name="opened">Timestamp.</param>
internal sealed class ConnectionLife(long opened)
{
    private long _lastHeard = opened;
    private volatile bool _ended;

    /// <summary>Timestamp of the last bytes that were understood.</summary>
    public long LastHeard => Volatile.Read(ref _lastHeard);

    /// <summary>Something came.</summary>
    public void Heard(long now) => Volatile.Write(ref _lastHeard, now);

    /// <summary>Nothing goes through it any more.</summary>
    public void End() => _ended = true;

    /// <summary>Whether an edge that asks on the other has reason to ask again: this one has ended, or has been silent since the other was opened.</summary>
    public bool HasGivenWayTo(ConnectionLife other) => other != this && (_ended || LastHeard < other.Opened);

    private long Opened { get; } = opened;
}
