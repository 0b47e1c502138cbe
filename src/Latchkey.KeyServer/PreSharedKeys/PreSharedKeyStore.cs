using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.PreSharedKeys;

/// <summary>The pre-shared keys as they are now (G4). A reload replaces them all at once or leaves them all as they are. Thread-safe.</summary>
internal sealed class PreSharedKeyStore(ILogger log) : IDisposable
{
    private readonly Lock _gate = new();
    private PreSharedKeySet _set = new();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _set.Keys.Count;
        }
    }

    /// <summary>
    /// A copy of a key, the caller's to dispose, so that no reload takes it away. null: unknown, or not for clients of this edge, of this name, or of a site whose key has
    /// not that name: all look alike.
    /// </summary>
    /// <param name="identity">As the client names it. It travels in clear: a lookup may take what time it takes.</param>
    /// <param name="serverName">Of the client's hello; empty: none.</param>
    /// <param name="certificateNames">Of the site's private key.</param>
    public SecretBytes? Find(ReadOnlySpan<byte> identity, EdgeIdentity edge, ReadOnlySpan<byte> serverName, NamePatterns certificateNames)
    {
        lock (_gate)
        {
            return _set.Keys.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(identity, out var key) && IsFor(key.Source, edge, serverName, certificateNames)
                ? SecretBytes.CopyOf(key.Secret.Span)
                : null;
        }
    }

    // With names, the site's key must have the name too: an edge could otherwise ask about another owner's clients with a key of its own.
    private static bool IsFor(PreSharedKeySource source, EdgeIdentity edge, ReadOnlySpan<byte> serverName, NamePatterns certificateNames) =>
        (source.AllowedEdges?.Any(edge.Answers) ?? true)
        && (source.Names is null || (source.Names.Match(serverName) && certificateNames.Match(serverName)));

    /// <summary>Reads the files; nothing changes yet.</summary>
    /// <exception cref="KeyFilesException">A file cannot be used.</exception>
    public PreSharedKeySet Load(IReadOnlyList<PreSharedKeySource> sources)
    {
        var next = new PreSharedKeySet();
        try
        {
            foreach (var source in sources)
                PreSharedKeyFile.Read(source, next.Keys);
            return next;
        }
        catch (KeyFilesException e)
        {
            next.Dispose();
            if (Count > 0)
                log.KeysNotReloaded(e.Message);
            throw;
        }
    }

    /// <summary>Swaps.</summary>
    public void Replace(PreSharedKeySet next)
    {
        if (next.Keys.Count > 0 || Count > 0)
            log.PreSharedKeysLoaded(next.Keys.Count);
        Swap(next);
    }

    /// <summary>Lets go of all keys.</summary>
    public void Dispose() => Swap(new PreSharedKeySet());

    private void Swap(PreSharedKeySet next)
    {
        lock (_gate)
        {
            _set.Dispose();
            _set = next;
        }
    }
}

/// <summary>Keys by identity, as the files have them at one moment. Disposing zeroes them.</summary>
internal sealed class PreSharedKeySet : IDisposable
{
    public Dictionary<byte[], StoredPreSharedKey> Keys { get; } = new(IdentityComparer.Instance);

    public void Dispose()
    {
        foreach (var key in Keys.Values)
            key.Dispose();
    }
}
