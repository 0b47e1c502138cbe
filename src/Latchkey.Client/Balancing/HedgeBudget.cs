namespace Latchkey.Client.Balancing;

/// <summary>How many operations may be asked a second time in advance: some of a hundred, and a few at once. A pool that is slow because it has too much to do
/// must not be given more.</summary>
internal sealed class HedgeBudget(BalancingOptions options, Balancer balancer)
{
    private const double Most = 10;

    private readonly Lock _lock = new();
    private double _left = Most / 2;
    private uint _counted;

    /// <summary>Takes one, where there is one.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            var turns = balancer.Turns;
            _left = Math.Min(Most, _left + ((turns - _counted) * options.HedgeBudget / 100.0));
            _counted = turns;
            if (_left < 1 || options.HedgeBudget == 0)
                return false;
            _left--;
            return true;
        }
    }
}
