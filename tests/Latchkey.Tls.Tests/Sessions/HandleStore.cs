using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Sessions;

/// <summary>Tickets as mere handles of what a test can look at and change.</summary>
internal sealed class HandleStore : SessionStore
{
    private readonly Dictionary<string, (SessionFacts Facts, byte[] Secret)> _sessions = [];

    public override string Name => "test_ticket";

    /// <summary>What is kept from now on.</summary>
    public bool Keeps { get; set; } = true;

    public bool Renews { get; set; }

    public int Count => _sessions.Count;

    /// <summary>The session under a ticket.</summary>
    public SessionFacts this[ReadOnlyMemory<byte> handle]
    {
        get => _sessions[Convert.ToHexString(handle.Span)].Facts;
        set => _sessions[Convert.ToHexString(handle.Span)] = (value, _sessions[Convert.ToHexString(handle.Span)].Secret);
    }

    public override ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken)
    {
        if (!Keeps)
            return ValueTask.FromResult<ReadOnlyMemory<byte>?>(null);
        var handle = RandomNumberGenerator.GetBytes(40);
        _sessions.Add(Convert.ToHexString(handle), (state.Facts, state.Secret.Span.ToArray()));
        return ValueTask.FromResult<ReadOnlyMemory<byte>?>(handle);
    }

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, TlsSite site, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_sessions.TryGetValue(Convert.ToHexString(handle.Span), out var kept) ? new SessionState(kept.Facts, SecretBytes.CopyOf(kept.Secret)) : null);

    public override bool IsRenewalDue(ReadOnlyMemory<byte> handle, SessionFacts facts, DateTimeOffset now) => Renews;
}
