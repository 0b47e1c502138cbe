using System.Collections.Concurrent;
using Latchkey.Splitting.Threshold;

namespace Latchkey.Client.Threshold;

/// <summary>The key servers that have shares, and in which order they are asked: by turns, those that gave a wrong answer lately last.</summary>
internal sealed class ShareHolders(IReadOnlyList<KeyServerClient> holders, TimeProvider time)
{
    private static readonly TimeSpan Suspicion = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<KeyServerClient, long> _suspects = [];
    private uint _turn;

    /// <summary>Puts one behind the others for a while.</summary>
    public void Suspect(KeyServerClient holder) => _suspects[holder] = time.GetTimestamp();

    /// <summary>Asks as many as are needed at once; more as answers stay out.</summary>
    public ShareAnswers Ask(Func<KeyServerClient, Task<PartialSignature>> ask, int needed, CancellationToken cancellationToken)
    {
        var first = (int)(Interlocked.Increment(ref _turn) % (uint)holders.Count);
        var order = Enumerable.Range(0, holders.Count).Select(i => holders[(first + i) % holders.Count])
            .OrderBy(holder => !holder.IsReady).ThenBy(IsSuspect);
        return new ShareAnswers(new Queue<KeyServerClient>(order), ask, needed, time, cancellationToken);
    }

    private bool IsSuspect(KeyServerClient holder) => _suspects.TryGetValue(holder, out var since) && time.GetElapsedTime(since) < Suspicion;
}
