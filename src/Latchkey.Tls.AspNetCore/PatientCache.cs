using Latchkey.Client.Links;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// A distributed cache that handshakes may ask: it never throws and never takes long. One that fails or is slow is left alone for a moment, or each handshake would wait for it in vain. Thread-safe.
/// </summary>
/// <param name="cache">Lent.</param>
/// <param name="timeout">For one operation.</param>
internal sealed partial class PatientCache(IDistributedCache cache, TimeProvider time, TimeSpan timeout, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly LogThrottle _line = new(time, TimeSpan.FromMinutes(1));
    private readonly ILogger _logger = logger;
    private long _pausedUntil = time.GetTimestamp();

    /// <summary>Keeps a value for so long, if it can.</summary>
    public async ValueTask SetAsync(string key, byte[] value, TimeSpan life, CancellationToken cancellationToken)
    {
        var options = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = life };
        await TryAsync(
            async token =>
            {
                await cache.SetAsync(key, value, options, token);
                return null;
            },
            cancellationToken);
    }

    /// <summary>What is kept; null: nothing, or it cannot be told.</summary>
    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => TryAsync(token => cache.GetAsync(key, token), cancellationToken);

    private async ValueTask<byte[]?> TryAsync(Func<CancellationToken, Task<byte[]?>> operation, CancellationToken cancellationToken)
    {
        if (time.GetTimestamp() < Volatile.Read(ref _pausedUntil))
            return null;
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Both: a cache that heeds the token gives up its work, one that does not is left behind.
            impatience.CancelAfter(timeout);
            return await operation(impatience.Token).WaitAsync(timeout, time, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault)
        {
            // Whatever it is that a cache throws: no handshake fails for it.
            Volatile.Write(ref _pausedUntil, time.GetTimestamp() + (long)(Pause.TotalSeconds * time.TimestampFrequency));
            if (_line.Allows(out var suppressed))
                LogFailed(fault is OperationCanceledException or TimeoutException ? $"no answer within {timeout.TotalMilliseconds:0} ms" : fault.Message, suppressed);
            return null;
        }
    }

    [LoggerMessage(4010, LogLevel.Warning, "The shared session cache failed, handshakes are full ones: {Reason} ({Suppressed} more since the last such line)")]
    private partial void LogFailed(string reason, int suppressed);
}
