using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// TLS 1.2 sessions in a cache that several machines share (R1): a client resumes at any of them. The cache sees neither a secret nor an identifier: entries are sealed, bound
/// to site and identifier, and lie under a hash of both. A cache that fails or is slow means full handshakes, and is left alone for a moment.
/// </summary>
public sealed class SharedSessionCache : SessionCache
{
    /// <summary>What a handshake waits for the cache by default; a full handshake costs its client about as much.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromMilliseconds(250);

    private readonly PatientCache _cache;
    private readonly TicketKeyRing _ring;
    private readonly CryptoProvider _crypto;
    private readonly TimeProvider _time;

    /// <param name="cache">Lent.</param>
    /// <param name="ring">The same at all machines that share the cache, as a fleet's ticket keys are; lent. Where it has no fresh key nothing is kept.</param>
    /// <param name="timeout">For one operation.</param>
    public SharedSessionCache(IDistributedCache cache, TicketKeyRing ring, CryptoProvider crypto, TimeProvider time, TimeSpan timeout, ILogger<SharedSessionCache> logger)
        : this(new PatientCache(cache, time, timeout, logger), ring, crypto, time)
    {
    }

    internal SharedSessionCache(PatientCache cache, TicketKeyRing ring, CryptoProvider crypto, TimeProvider time)
    {
        _cache = cache;
        _ring = ring;
        _crypto = crypto;
        _time = time;
    }

    /// <inheritdoc/>
    public override string Name => "shared_session";

    /// <inheritdoc/>
    public override async ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken)
    {
        using var encoded = SessionStateEncoding.Encode(state);
        var left = ResumptionPolicy.Left(state.Facts, state.Facts.Lifetime, _time.GetUtcNow());
        if (encoded is null || left <= TimeSpan.Zero || SealedBox.Seal(_crypto, _ring, encoded.Span, ContextOf(state.Facts.Site, identifier.Span)) is not { } box)
            return;
        await _cache.SetAsync(KeyOf(state.Facts.Site, identifier.Span), box, left, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken)
    {
        // Those of other lengths are not ours, and not worth a question.
        if (identifier.Length != IdentifierSize)
            return null;
        var box = await _cache.GetAsync(KeyOf(site.Name, identifier.Span), cancellationToken);
        if (box is null || box.Length > SessionStateEncoding.MaxSize + SealedBox.Overhead)
            return null;
        using var encoded = SealedBox.TryOpen(_crypto, _ring, box, ContextOf(site.Name, identifier.Span));
        return encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
    }

    private static string KeyOf(string site, ReadOnlySpan<byte> identifier) => "latchkey:session:" + Convert.ToHexStringLower(SHA256.HashData(ContextOf(site, identifier)));

    // The identifier has a fixed length at its end: no two pairs run together.
    private static byte[] ContextOf(string site, ReadOnlySpan<byte> identifier) => [.. "shared session\0"u8, .. Encoding.UTF8.GetBytes(site), 0, .. identifier];
}
