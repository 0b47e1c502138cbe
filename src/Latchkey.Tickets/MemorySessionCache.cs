using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tickets;

/// <summary>
/// TLS 1.2 sessions in this process's memory (R1), those of one site in room of their own, so that one site's visitors do not push out another's. The oldest goes
/// first: sessions of a site live equally long, and a resumption does not prolong one.
/// </summary>
public sealed class MemorySessionCache : SessionCache, IDisposable
{
    /// <summary>Sessions of a site at most.</summary>
    public const int MaxSessions = 20_000;

    /// <summary>Bytes of a site's sessions at most; one without client certificates has about 200, and as much again for its place.</summary>
    public const long MaxBytes = 8 << 20;

    private readonly TimeProvider _time;
    private readonly BoundedMemory _memory;

    /// <summary>An empty one.</summary>
    public MemorySessionCache(TimeProvider time, int maxSessions = MaxSessions)
    {
        _time = time;
        _memory = new BoundedMemory(maxSessions, MaxBytes, time);
    }

    /// <inheritdoc/>
    public override string Name => "edge_session";

    /// <inheritdoc/>
    public override ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken)
    {
        using var encoded = SessionStateEncoding.Encode(state);
        if (encoded is not null)
            _memory.Keep(identifier.Span, encoded.Span, ResumptionPolicy.Left(state.Facts, state.Facts.Lifetime, _time.GetUtcNow()));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken)
    {
        using var encoded = identifier.Length == IdentifierSize ? _memory.Find(identifier.Span) : null;
        return ValueTask.FromResult(encoded is null ? null : SessionStateEncoding.TryDecode(encoded));
    }

    /// <summary>Forgets and zeroes all.</summary>
    public void Dispose() => _memory.Dispose();
}
