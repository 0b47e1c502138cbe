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

    public RunnerSessions() => _ring = new SharedTicketKeyRing(
        RandomNumberGenerator.GetBytes(TicketKey.SecretSize), TimeSpan.FromDays(1), TimeSpan.FromDays(2), CryptoProvider.Default, Clock);

    public ShimClock Clock { get; } = new();

    /// <summary>As of a process that has been there before the first ticket.</summary>
    public EarlyDataGuard EarlyDataGuard { get; } = new(DateTimeOffset.UnixEpoch);

    public RememberedSessions Remembered { get; } = new();

    public ResumptionOptions OptionsFor(ShimFlags flags) => new()
    {
        Tickets = flags.HasTickets ? Tickets(flags) : null,
        SessionIdentifiers = Remembered,
        MaxEarlyData = flags.TakesEarlyData ? MaxEarlyData : 0,
    };

    private SessionStore Tickets(ShimFlags flags)
    {
        var store = new TicketStore("runner", flags.SealsTickets ? _ring : new SealsNothing(_ring), CryptoProvider.Default);
        return flags.RenewsTickets ? new RenewsAlways(store) : store;
    }

    /// <summary>A ring without a fresh key.</summary>
    private sealed class SealsNothing(TicketKeyRing ring) : TicketKeyRing
    {
        public override TicketKey? ForSealing() => null;

        public override TicketKey? Find(ReadOnlySpan<byte> name) => ring.Find(name);
    }

    /// <summary>A new ticket with every resumption, however young the old one is.</summary>
    private sealed class RenewsAlways(SessionStore store) : SessionStore
    {
        public override string Name => store.Name;

        public override bool IsRenewalDue(ReadOnlyMemory<byte> handle, SessionFacts facts, DateTimeOffset now) => true;

        public override ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken) => store.KeepAsync(state, cancellationToken);

        public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, Tls.TlsSite site, CancellationToken cancellationToken) =>
            store.FindAsync(handle, site, cancellationToken);
    }
}
