namespace Latchkey.KeyServer.Freshness;

/// <summary>
/// Notices TLS 1.3 transcripts that are signed more than once. The answer to the same question tells nobody anything new, so it is given and noted in the audit log
/// (docs/adr/0028). Thread-safe; remembers the last so many.
/// </summary>
internal sealed class SeenTranscripts(int remembered)
{
    private readonly Lock _lock = new();
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<UInt128> _oldestFirst = new();

    /// <summary>Whether it has been seen before.</summary>
    public bool IsRepeated(UInt128 mark)
    {
        lock (_lock)
        {
            if (!_seen.Add(mark))
                return true;
            _oldestFirst.Enqueue(mark);
            if (_oldestFirst.Count > remembered)
                _seen.Remove(_oldestFirst.Dequeue());
            return false;
        }
    }
}
