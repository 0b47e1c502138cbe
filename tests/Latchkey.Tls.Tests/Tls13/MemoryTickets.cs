using System.Collections.Concurrent;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>Tickets that are nothing but names of sessions kept here, and what a test wants to know of them.</summary>
internal sealed class MemoryTickets : SessionStore
{
    private readonly ConcurrentDictionary<string, SessionState> _sessions = new();

    public override string Name => "memory";

    /// <summary>Awaited before a ticket is made.</summary>
    public Task Before { get; set; } = Task.CompletedTask;

    /// <summary>Tickets looked up.</summary>
    public int Lookups { get; private set; }

    /// <summary>Changes the facts of a session as it is kept.</summary>
    public Func<SessionFacts, SessionFacts> Change { get; set; } = facts => facts;

    public override async ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken)
    {
        var copy = new SessionState(Change(state.Facts), SecretBytes.CopyOf(state.Secret.Span));
        await Before;
        var ticket = RandomNumberGenerator.GetBytes(40);
        _sessions[Convert.ToHexString(ticket)] = copy;
        return ticket;
    }

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, TlsSite site, CancellationToken cancellationToken)
    {
        Lookups++;
        var found = _sessions.GetValueOrDefault(Convert.ToHexString(handle.Span));
        return ValueTask.FromResult(found is null ? null : new SessionState(found.Facts, SecretBytes.CopyOf(found.Secret.Span)));
    }
}
