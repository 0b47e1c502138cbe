using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;

namespace Latchkey.Bogo;

/// <summary>What the shim's connections have in common: keys that open the tickets of one on the next, and the clock by which they age.</summary>
internal sealed class RunnerSessions
{
    /// <summary>BoringSSL's limit, which the runner's tests of too much early data go by: 14 KiB.</summary>
    private const int MaxEarlyData = 14 * 1024;

    private readonly TicketKeyRing _ring;

    public RunnerSessions()
    {
        _ring = new SharedTicketKeyRing(RandomNumberGenerator.GetBytes(TicketKey.SecretSize), TimeSpan.FromDays(1), TimeSpan.FromDays(2), CryptoProvider.Default, Clock);
        Remembered = new RememberedSessions(Clock);
    }

    public ShimClock Clock { get; } = new();

    /// <summary>As of a process that has been there before the first ticket.</summary>
    public EarlyDataGuard EarlyDataGuard { get; } = new(DateTimeOffset.UnixEpoch);

    public RememberedSessions Remembered { get; }

    public ResumptionOptions OptionsFor(ShimFlags flags) => new()
    {
        Tickets = flags.HasTickets ? Tickets(flags) : null,
        SessionIdentifiers = Remembered,
        MaxEarlyData = flags.TakesEarlyData ? MaxEarlyData : 0,
    };

    /// <summary>Of the session that was kept or went on last; null before there was one.</summary>
    public SecretBytes? LastSecret { get; private set; }

    private SessionStore Tickets(ShimFlags flags) =>
        new WatchedTickets(this, new TicketStore("runner", flags.SealsTickets ? _ring : new SealsNothing(_ring), CryptoProvider.Default), flags.RenewsTickets);

    /// <summary>A ring without a fresh key.</summary>
    private sealed class SealsNothing(TicketKeyRing ring) : TicketKeyRing
    {
        public override TicketKey? ForSealing() => null;

        public override TicketKey? Find(ReadOnlySpan<byte> name) => ring.Find(name);
    }

    /// <param name="renews">A new ticket with every resumption, however young the old one is.</param>
    private sealed class WatchedTickets(RunnerSessions sessions, SessionStore store, bool renews) : SessionStore
    {
        public override string Name => store.Name;

        public override bool IsRenewalDue(ReadOnlyMemory<byte> handle, SessionFacts facts, DateTimeOffset now) => renews || store.IsRenewalDue(handle, facts, now);

        public override ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken)
        {
            sessions.LastSecret = SecretBytes.CopyOf(state.Secret.Span);
            return store.KeepAsync(state, cancellationToken);
        }

        public override async ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, Tls.TlsSite site, CancellationToken cancellationToken)
        {
            var found = await store.FindAsync(handle, site, cancellationToken);
            if (found is not null)
                sessions.LastSecret = SecretBytes.CopyOf(found.Secret.Span);
            return found;
        }
    }
}
