using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Sessions;

/// <summary>Sessions under identifiers that a test can look at.</summary>
internal sealed class HandleCache : SessionCache
{
    private readonly Dictionary<string, (SessionFacts Facts, byte[] Secret)> _sessions = [];

    public override string Name => "test_session";

    public int Count => _sessions.Count;

    public override ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken)
    {
        _sessions.Add(Convert.ToHexString(identifier.Span), (state.Facts, state.Secret.Span.ToArray()));
        return ValueTask.CompletedTask;
    }

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_sessions.TryGetValue(Convert.ToHexString(identifier.Span), out var kept) ? new SessionState(kept.Facts, SecretBytes.CopyOf(kept.Secret)) : null);
}
