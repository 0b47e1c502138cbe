namespace Latchkey.KeyServer.Audit;

/// <summary>
/// Counts refusals until they are recorded, once a second: a flood of refused requests is a few lines with a number, not a flood of lines. Thread-safe, and bounded: beyond
/// so many kinds, those of one edge and outcome are counted together.
/// </summary>
internal sealed class DenialTally
{
    private const int MostKinds = 256;

    private readonly Lock _lock = new();
    private Dictionary<Denial, long> _counts = [];

    public void Add(Denial denial)
    {
        lock (_lock)
        {
            if (_counts.Count >= MostKinds && !_counts.ContainsKey(denial))
                denial = new Denial(_counts.Count >= 2 * MostKinds ? "(others)" : denial.Edge, "", "(various)", "", denial.Outcome, denial.Reason);
            _counts[denial] = _counts.GetValueOrDefault(denial) + 1;
        }
    }

    /// <summary>What there is; counting begins anew.</summary>
    public IReadOnlyDictionary<Denial, long> Take()
    {
        lock (_lock)
        {
            if (_counts.Count == 0)
                return _counts;
            var taken = _counts;
            _counts = [];
            return taken;
        }
    }
}
