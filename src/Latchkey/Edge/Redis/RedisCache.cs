using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Latchkey.Configuration;
using Microsoft.Extensions.Caching.Distributed;

namespace Latchkey.Edge.Redis;

/// <summary>
/// As much of a Redis client as a session cache needs: values with an absolute end, and no more dependencies. Connections are kept for the next operation; one that failed
/// or was given up is closed.
/// </summary>
internal sealed class RedisCache(string endPoint, string? password) : IDistributedCache, IDisposable
{
    private const int MaxIdle = 8;

    private readonly ConcurrentBag<RedisConnection> _idle = [];

    /// <inheritdoc/>
    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => CommandAsync(["GET"u8.ToArray(), Encoding.ASCII.GetBytes(key)], token);

    /// <inheritdoc/>
    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        var life = options.AbsoluteExpirationRelativeToNow ?? throw new ArgumentException("Expected AbsoluteExpirationRelativeToNow.", nameof(options));
        var milliseconds = Encoding.ASCII.GetBytes(((long)Math.Max(1, life.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture));
        return CommandAsync(["SET"u8.ToArray(), Encoding.ASCII.GetBytes(key), value, "PX"u8.ToArray(), milliseconds], token);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string key, CancellationToken token = default) => CommandAsync(["DEL"u8.ToArray(), Encoding.ASCII.GetBytes(key)], token);

    /// <summary>Nothing to do: entries have absolute ends.</summary>
    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public byte[]? Get(string key) => throw Asynchronous();

    /// <inheritdoc/>
    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw Asynchronous();

    /// <inheritdoc/>
    public void Remove(string key) => throw Asynchronous();

    /// <inheritdoc/>
    public void Refresh(string key) => throw Asynchronous();

    public void Dispose()
    {
        while (_idle.TryTake(out var connection))
            connection.Dispose();
    }

    private async Task<byte[]?> CommandAsync(byte[][] words, CancellationToken cancellationToken)
    {
        // An idle connection may have been closed by the other side meanwhile: that is no reason to fail.
        if (_idle.TryTake(out var kept))
        {
            try
            {
                return await AskAsync(kept, words, cancellationToken);
            }
            catch (IOException)
            {
            }
        }
        EndPointText.TrySplit(endPoint, leastPort: 1, out var host, out var port);
        return await AskAsync(await RedisConnection.OpenAsync(host, port, password, cancellationToken), words, cancellationToken);
    }

    private async Task<byte[]?> AskAsync(RedisConnection connection, byte[][] words, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await connection.CommandAsync(words, cancellationToken);
            if (_idle.Count < MaxIdle)
                _idle.Add(connection);
            else
                connection.Dispose();
            return answer;
        }
        catch
        {
            // Also when nobody waits any more: the answer that still comes must not be taken for the next one's.
            connection.Dispose();
            throw;
        }
    }

    private static NotSupportedException Asynchronous() => new("The cache is asked asynchronously only.");
}
