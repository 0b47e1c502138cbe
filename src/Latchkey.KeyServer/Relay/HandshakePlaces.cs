namespace Latchkey.KeyServer.Relay;

/// <summary>
/// How many relayed handshakes may be under way, of all edges together. An edge may have as many as are still free, so that one whose clients begin handshakes and
/// leave does not take the places of the others (attack 20); see the same rule in <see cref="Work.FairQueue"/>.
/// </summary>
internal sealed class HandshakePlaces(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _byEdge = new(StringComparer.Ordinal);
    private int _taken;

    /// <summary>Taken at this moment.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes one; false: there is none for this edge.</summary>
    public bool TryTake(string edge)
    {
        lock (_lock)
        {
            var held = _byEdge.GetValueOrDefault(edge);
            if (_taken + Math.Max(1, held) > limit)
                return false;
            _taken++;
            _byEdge[edge] = held + 1;
            return true;
        }
    }

    /// <summary>Gives one back.</summary>
    public void Return(string edge)
    {
        lock (_lock)
        {
            _taken--;
            if (--_byEdge[edge] == 0)
                _byEdge.Remove(edge);
        }
    }
}
