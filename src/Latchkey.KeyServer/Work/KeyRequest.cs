using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Listener;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Work;

/// <summary>
/// A request that passed admission, policy and checks and waits for a worker. Owns a copy of its bytes, because the reader's buffer
/// goes on, and a lease on its key, because keys reload.
/// </summary>
internal sealed class KeyRequest(EdgeConnection connection, KeylessMessage message, KeyOperation operation, StoredKey key, Lane lane, int size, long arrived, long deadline)
{
    public EdgeConnection Connection { get; } = connection;

    public KeylessMessage Message { get; } = message;

    public KeyOperation Operation { get; } = operation;

    /// <summary>Leased; whoever ends the request releases it.</summary>
    public StoredKey Key { get; } = key;

    /// <summary>Where it waits.</summary>
    public Lane Lane { get; } = lane;

    /// <summary>Bytes it keeps, at most.</summary>
    public int Size { get; } = size;

    /// <summary>Computing time in microseconds, roughly: the unit of the queue's fairness, never a promise.</summary>
    public required int Cost { get; init; }

    /// <summary>Timestamp of its arrival.</summary>
    public long Arrived { get; } = arrived;

    /// <summary>What it has used that may be used once; null: nothing.</summary>
    public UInt128? Mark { get; set; }

    /// <summary>Timestamp after which it is refused rather than signed.</summary>
    public long Deadline { get; } = deadline;
}
