using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Keys;

/// <summary>The keys as they are now. A reload replaces them all at once or leaves them all as they are.</summary>
internal sealed class KeyStore(KeySetLoader loader, KeyServerMetrics metrics, ILogger log) : IDisposable
{
    private KeySet _current = KeySet.Empty;

    /// <summary>A snapshot; lease a key before using it.</summary>
    public KeySet Current => Volatile.Read(ref _current);

    /// <summary>Reads the files; nothing changes yet.</summary>
    /// <exception cref="KeyFilesException">A file cannot be used.</exception>
    public KeySet Load(IReadOnlyList<KeySource> sources)
    {
        try
        {
            return loader.Load(sources);
        }
        catch (KeyFilesException e)
        {
            metrics.Reloaded(false);
            if (Current != KeySet.Empty)
                log.KeysNotReloaded(e.Message);
            throw;
        }
    }

    /// <summary>Swaps.</summary>
    public void Replace(KeySet next)
    {
        Interlocked.Exchange(ref _current, next).Release();
        metrics.Reloaded(true);
        log.KeysLoaded(next.Keys.Count, next.Keys.Sum(k => k.Certificates.Count));
    }

    /// <summary>Lets go of all keys.</summary>
    public void Dispose() => Interlocked.Exchange(ref _current, KeySet.Empty).Release();
}
