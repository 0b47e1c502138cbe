using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Bogo;

/// <summary>Sessions under their identifiers, as an edge keeps them; tells whether there has been one.</summary>
internal sealed class RememberedSessions(TimeProvider time) : SessionCache
{
    // The process ends with the last connection, and its memory with it.
    private readonly SessionCache _sessions = new MemorySessionCache(time);

    public override string Name => _sessions.Name;

    public bool Any { get; private set; }

    public override ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken)
    {
        Any = true;
        return _sessions.KeepAsync(identifier, state, cancellationToken);
    }

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken) =>
        _sessions.FindAsync(identifier, site, cancellationToken);
}
