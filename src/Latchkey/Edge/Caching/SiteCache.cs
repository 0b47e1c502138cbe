using Latchkey.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;

namespace Latchkey.Edge.Caching;

/// <summary>
/// The responses kept for one site, in memory of bounded size; what was used least lately goes first. Under one URL there are as many as Vary tells apart. Thread-safe.
/// </summary>
internal sealed class SiteCache(CacheConfig config, TimeProvider time) : IDisposable
{
    /// <summary>Answers of one URL. An origin that varies by something each client has another of would fill the cache with one page.</summary>
    private const int MaxVariants = 16;

    /// <summary>How long what is stale waits for a question to the origin.</summary>
    private static readonly TimeSpan Afterlife = TimeSpan.FromHours(24);

    private readonly MemoryCache _memory = new(new MemoryCacheOptions { SizeLimit = config.Size, TrackStatistics = true, CompactionPercentage = 0.1 });
    private readonly Lock _changing = new();
    private long _copying;

    public CacheConfig Config { get; } = config;

    public long Bytes => _memory.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

    /// <summary>URLs.</summary>
    public int Count => _memory.Count;

    /// <summary>What is kept for a request, fresh or stale; the youngest where there are several.</summary>
    /// <param name="hasOthers">Whether the URL is kept for other requests.</param>
    public StoredResponse? Find(CacheQuestion question, out bool hasOthers)
    {
        var variants = _memory.TryGetValue(question.Key, out StoredResponse[]? kept) ? kept! : [];
        hasOthers = variants.Length > 0;
        return variants.Where(one => one.Suits(question.Request.Headers)).MaxBy(one => one.Arrived);
    }

    /// <summary>Keeps a response in the place of those that it is instead of.</summary>
    public void Keep(CacheQuestion question, StoredResponse response)
    {
        lock (_changing)
        {
            var others = _memory.TryGetValue(question.Key, out StoredResponse[]? kept) ? kept!.Where(one => !one.Suits(question.Request.Headers)) : [];
            StoredResponse[] variants = [response, .. others.Take(MaxVariants - 1)];
            var now = time.GetUtcNow();
            var left = variants.Max(one => one.Left(now) + (one.HasValidator ? Afterlife : one.StaleIfError(Config.StaleIfError)));
            if (left > TimeSpan.Zero) // the key counts too: visitors choose it
                _memory.Set(question.Key, variants, new MemoryCacheEntryOptions { Size = (sizeof(char) * question.Key.Length) + variants.Sum(one => one.Size), AbsoluteExpirationRelativeToNow = left });
        }
    }

    /// <summary>Forgets what is kept under a URL.</summary>
    /// <param name="host">null: at every name of the site.</param>
    /// <param name="target">Path and query; null: all.</param>
    /// <returns>URLs forgotten.</returns>
    public int Remove(HostString? host, string? target)
    {
        lock (_changing)
        {
            var keys = _memory.Keys.OfType<string>().Where(key => Means(key, host, target)).ToList();
            keys.ForEach(_memory.Remove);
            return keys.Count;
        }
    }

    /// <summary>Room for a body that is being copied, so that many at once do not outgrow what the site may keep; false: there is none.</summary>
    public bool TryTakeRoom(int bytes)
    {
        if (Interlocked.Add(ref _copying, bytes) <= Config.Size)
            return true;
        ReturnRoom(bytes);
        return false;
    }

    public void ReturnRoom(int bytes) => Interlocked.Add(ref _copying, -bytes);

    public void Dispose() => _memory.Dispose();

    private static bool Means(string key, HostString? host, string? target)
    {
        var space = key.IndexOf(' ', StringComparison.Ordinal);
        return (host is null || key.AsSpan(0, space).Equals(host.Value.Value, StringComparison.OrdinalIgnoreCase)) && (target is null || key.AsSpan(space + 1).SequenceEqual(target));
    }
}
