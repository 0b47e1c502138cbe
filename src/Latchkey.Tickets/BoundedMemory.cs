using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// Bytes under identifiers, for a while and in bounded room: the oldest go first, of whoever keeps most here, so that nobody's entries push out those of others who keep less. Where a key server keeps sessions (R2), and an edge what a key server sealed for it (R9).
/// Thread-safe; zeroes what it forgets.
/// </summary>
/// <param name="maxEntries">The next entry above replaces the oldest.</param>
/// <param name="maxBytes">Of all contents together.</param>
/// <param name="time">The clock.</param>
public sealed class BoundedMemory(int maxEntries, long maxBytes, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Holding> _holdings = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Entries at this moment, outlived ones that nobody has asked for among them.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Keeps a copy of <paramref name="content"/>, in the place of what was there before. Nothing is kept that is larger than all the room.</summary>
    /// <param name="identifier">Whatever was kept under it goes.</param>
    /// <param name="content">Copied.</param>
    /// <param name="lifetime">From now.</param>
    /// <param name="holder">For whom: an edge, where a key server keeps for several.</param>
    public void Keep(ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> content, TimeSpan lifetime, string holder = "")
    {
        if (content.Length > maxBytes || maxEntries < 1 || lifetime <= TimeSpan.Zero)
            return;
        var key = Convert.ToHexString(identifier);
        var entry = new Entry(key, holder, SecretBytes.CopyOf(content), time.GetUtcNow() + lifetime);
        lock (_gate)
        {
            Remove(key);
            while (_entries.Count >= maxEntries || _bytes + content.Length > maxBytes)
                Remove(_holdings.Values.MaxBy(holding => holding.Bytes)!.OldestFirst.First!.Value.Key);
            if (!_holdings.TryGetValue(holder, out var own))
                _holdings.Add(holder, own = new Holding());
            _entries.Add(key, own.OldestFirst.AddLast(entry));
            own.Bytes += content.Length;
            _bytes += content.Length;
        }
    }

    /// <summary>A copy of what is kept, the caller's to dispose; null: unknown or outlived.</summary>
    public SecretBytes? Find(ReadOnlySpan<byte> identifier)
    {
        var key = Convert.ToHexString(identifier);
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            if (time.GetUtcNow() < node.Value.Until)
                return SecretBytes.CopyOf(node.Value.Content.Span);
            Remove(key);
            return null;
        }
    }

    /// <summary>Forgets all.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var node in _entries.Values)
                node.Value.Content.Dispose();
            _holdings.Clear();
            _entries.Clear();
            _bytes = 0;
        }
    }

    private void Remove(string key)
    {
        if (!_entries.Remove(key, out var node))
            return;
        var holding = _holdings[node.Value.Holder];
        holding.OldestFirst.Remove(node);
        holding.Bytes -= node.Value.Content.Length;
        if (holding.OldestFirst.Count == 0)
            _holdings.Remove(node.Value.Holder);
        _bytes -= node.Value.Content.Length;
        node.Value.Content.Dispose();
    }

    private sealed class Holding
    {
        public LinkedList<Entry> OldestFirst { get; } = new();

        public long Bytes { get; set; }
    }

    private sealed record Entry(string Key, string Holder, SecretBytes Content, DateTimeOffset Until);
}
