using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Keys;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.PreSharedKeys;

/// <summary>The pre-shared keys as they are now (G4). A reload replaces them all at once or leaves them all as they are. Thread-safe.</summary>
internal sealed class PreSharedKeyStore(IReadOnlyList<PreSharedKeySource> sources, ILogger log) : IDisposable
{
    private readonly Lock _gate = new();
    private Dictionary<byte[], StoredPreSharedKey> _keys = NoKeys();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _keys.Count;
        }
    }

    /// <summary>A copy of a key, the caller's to dispose, so that no reload takes it away. null: unknown, or not for clients of this edge; the two look alike.</summary>
    /// <param name="identity">As the client names it. It travels in clear: a lookup may take what time it takes.</param>
    public SecretBytes? Find(ReadOnlySpan<byte> identity, EdgeIdentity edge)
    {
        lock (_gate)
        {
            return _keys.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(identity, out var key) && (key.Source.AllowedEdges?.Any(edge.Answers) ?? true)
                ? SecretBytes.CopyOf(key.Secret.Span)
                : null;
        }
    }

    /// <summary>Reads the files again and swaps.</summary>
    /// <exception cref="KeyFilesException">A file cannot be used; the keys stay as they were.</exception>
    public void Reload()
    {
        if (sources.Count == 0)
            return;
        var next = NoKeys();
        try
        {
            foreach (var source in sources)
                PreSharedKeyFile.Read(source, next);
        }
        catch (KeyFilesException e)
        {
            Dispose(next);
            if (Count > 0)
                log.KeysNotReloaded(e.Message);
            throw;
        }
        Swap(next);
        log.PreSharedKeysLoaded(next.Count);
    }

    /// <summary>Lets go of all keys.</summary>
    public void Dispose() => Swap(NoKeys());

    private void Swap(Dictionary<byte[], StoredPreSharedKey> next)
    {
        lock (_gate)
        {
            Dispose(_keys);
            _keys = next;
        }
    }

    private static void Dispose(Dictionary<byte[], StoredPreSharedKey> keys)
    {
        foreach (var key in keys.Values)
            key.Dispose();
    }

    private static Dictionary<byte[], StoredPreSharedKey> NoKeys() => new(IdentityComparer.Instance);
}
