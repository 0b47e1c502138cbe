using System.Security.Cryptography;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Operations;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.KeyServer.Relay;

/// <summary>TLS 1.2 sessions of relayed handshakes in this process' memory, for clients that take no tickets (R11). No session of one key is found with another. Answers at once.</summary>
/// <param name="lease">Whose site it is; leased while this is used.</param>
/// <param name="handsOver">The edge gets the master secret: then these are sessions that an edge had it of, and no others.</param>
internal sealed class RelayedSessions(KeyLease lease, bool handsOver, OperationServices services) : SessionCache
{
    public override string Name => "key_server_session";

    public override ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken)
    {
        using var encoded = SessionStateEncoding.Encode(state);
        if (encoded is not null)
            services.Sessions.Keep(PlaceOf(identifier), encoded.Span, ResumptionPolicy.Left(state.Facts, state.Facts.Lifetime, services.Time.GetUtcNow()), lease.Edge.Name);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken)
    {
        using var encoded = services.Sessions.Find(PlaceOf(identifier));
        return ValueTask.FromResult(encoded is null ? null : SessionStateEncoding.TryDecode(encoded));
    }

    // Beside the sessions of operation 46, whose places begin with the SKI.
    private byte[] PlaceOf(ReadOnlyMemory<byte> identifier) => SHA256.HashData([.. handsOver ? "handed over\0"u8 : "relayed\0"u8, .. lease.Key.Ski, .. identifier.Span]);
}
