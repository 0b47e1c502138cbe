using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tickets;

/// <summary>
/// Sessions inside tickets that this machine seals and opens itself: under a ring of its own (R3, R7) or under one that a key server gave it (R5). Keeps no memory.
/// A ticket is bound to its site: at another site, though under the same ring, it does not open (attack 9).
/// </summary>
/// <param name="name">For logs and metrics.</param>
/// <param name="ring">Lent; outlives the store.</param>
public sealed class TicketStore(string name, TicketKeyRing ring, CryptoProvider crypto) : SessionStore
{
    /// <summary>Bytes of a ticket at most.</summary>
    public const int MaxTicketSize = SessionStateEncoding.MaxSize + SealedBox.Overhead;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken)
    {
        using var encoded = SessionStateEncoding.Encode(state);
        return ValueTask.FromResult(encoded is not null && SealedBox.Seal(crypto, ring, encoded.Span, ContextOf(state.Facts.Site)) is { } ticket
            ? (ReadOnlyMemory<byte>?)ticket
            : null);
    }

    /// <inheritdoc/>
    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, TlsSite site, CancellationToken cancellationToken)
    {
        if (handle.Length > MaxTicketSize)
            return ValueTask.FromResult<SessionState?>(null);
        using var encoded = SealedBox.TryOpen(crypto, ring, handle.Span, ContextOf(site.Name));
        return ValueTask.FromResult(encoded is null ? null : SessionStateEncoding.TryDecode(encoded));
    }

    /// <summary>A ticket of a key that seals no more is renewed, whatever its own age: it would not open as long as one of today, and the sooner old keys are not needed the better.</summary>
    public override bool IsRenewalDue(ReadOnlyMemory<byte> handle, SessionFacts facts, DateTimeOffset now) =>
        base.IsRenewalDue(handle, facts, now) || ring.Find(handle.Span[..TicketKey.NameSize]) is not { } key || key.SealUntil <= now;

    /// <summary>What a ticket of a site is bound to, for whoever seals tickets in another place (R4, R6): <c>"session ticket"</c>, a zero byte, the site's name.</summary>
    public static byte[] ContextOf(string site) => [.. "session ticket\0"u8, .. Encoding.UTF8.GetBytes(site)];
}
