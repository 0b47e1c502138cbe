using System.Security.Cryptography;
using System.Text;
using Latchkey.Client.Links;
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
public sealed partial class SharedSessionCache : SessionCache
{
    /// <summary>What a handshake waits for the cache by default; a full handshake costs its client about as much.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a cache that failed is not asked: or each handshake would wait for it in vain.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IDistributedCache _cache;
    private readonly TicketKeyRing _ring;
    private readonly CryptoProvider _crypto;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ILogger _logger;
    private readonly LogThrottle _line;
    private long _pausedUntil;

    /// <param name="cache">Lent.</param>
    /// <param name="ring">The same at all machines that share the cache; lent.</param>
    /// <param name="timeout">For one operation.</param>
    public SharedSessionCache(IDistributedCache cache, TicketKeyRing ring, CryptoProvider crypto, TimeProvider time, TimeSpan timeout, ILogger<SharedSessionCache> logger)
    {
        _cache = cache;
        _ring = ring;
        _crypto = crypto;
        _time = time;
        _timeout = timeout;
        _logger = logger;
        _line = new LogThrottle(time, TimeSpan.FromMinutes(1));
        _pausedUntil = time.GetTimestamp();
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
        var options = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = left };
        await TryAsync(
            async token =>
            {
                await _cache.SetAsync(KeyOf(state.Facts.Site, identifier.Span), box, options, token);
                return null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken)
    {
        // Those of other lengths are not ours, and not worth a question.
        if (identifier.Length != IdentifierSize)
            return null;
        var box = await TryAsync(token => _cache.GetAsync(KeyOf(site.Name, identifier.Span), token), cancellationToken);
        if (box is null || box.Length > SessionStateEncoding.MaxSize + SealedBox.Overhead)
            return null;
        using var encoded = SealedBox.TryOpen(_crypto, _ring, box, ContextOf(site.Name, identifier.Span));
        return encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
    }

    private async ValueTask<byte[]?> TryAsync(Func<CancellationToken, Task<byte[]?>> operation, CancellationToken cancellationToken)
    {
        if (_time.GetTimestamp() < Volatile.Read(ref _pausedUntil))
            return null;
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Both: a cache that heeds the token gives up its work, one that does not is left behind.
            impatience.CancelAfter(_timeout);
            return await operation(impatience.Token).WaitAsync(_timeout, _time, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault)
        {
            // Whatever it is that a cache throws: no handshake fails for it.
            Volatile.Write(ref _pausedUntil, _time.GetTimestamp() + (long)(Pause.TotalSeconds * _time.TimestampFrequency));
            if (_line.Allows(out var suppressed))
                LogFailed(fault is OperationCanceledException or TimeoutException ? $"no answer within {_timeout.TotalMilliseconds:0} ms" : fault.Message, suppressed);
            return null;
        }
    }

    private static string KeyOf(string site, ReadOnlySpan<byte> identifier) => "latchkey:session:" + Convert.ToHexStringLower(SHA256.HashData(ContextOf(site, identifier)));

    // The identifier has a fixed length at its end: no two pairs run together.
    private static byte[] ContextOf(string site, ReadOnlySpan<byte> identifier) => [.. "shared session\0"u8, .. Encoding.UTF8.GetBytes(site), 0, .. identifier];

    [LoggerMessage(4010, LogLevel.Warning, "The shared session cache failed, handshakes are full ones: {Reason} ({Suppressed} more since the last such line)")]
    private partial void LogFailed(string reason, int suppressed);
}
