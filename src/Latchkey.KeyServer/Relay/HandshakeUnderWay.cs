using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Operations;
using Latchkey.Tls.Relay;

namespace Latchkey.KeyServer.Relay;

/// <summary>
/// A handshake that waits for the client's next message. Whoever has taken it out of its <see cref="HandshakeTable"/> has it alone; it leases its key, so that a
/// reload does not pull the key from under it. Disposing zeroes its secrets.
/// </summary>
internal sealed class HandshakeUnderWay(ulong number, StoredKey key, ConductedHandshake engine, RelayedHandshakeKey use, long deadline) : IDisposable
{
    /// <summary>Random, and known to the one connection it belongs to.</summary>
    public ulong Number { get; } = number;

    /// <summary>Leased.</summary>
    public StoredKey Key { get; } = key;

    /// <summary>Conducts it.</summary>
    public ConductedHandshake Engine { get; } = engine;

    /// <summary>The key as the engine sees it: knows what it was used for.</summary>
    public RelayedHandshakeKey Use { get; } = use;

    /// <summary>Timestamp after which nobody goes on with it.</summary>
    public long Deadline { get; } = deadline;

    public void Dispose()
    {
        Engine.Dispose();
        Key.Release();
    }
}
