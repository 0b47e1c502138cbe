using System.Collections.Concurrent;

namespace Latchkey.Edge.Caching;

/// <summary>Of those who ask at the same time for what is not kept, one asks the origin, and the others wait for what it brings; not for long, and not where it is not kept.</summary>
internal sealed class RequestsUnderWay(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Turn> _first = new(StringComparer.Ordinal);

    /// <summary>Waits for the first of them, or is it. Disposing lets those who wait go on.</summary>
    public async ValueTask<Turn> EnterAsync(string key, CancellationToken cancellationToken)
    {
        var own = new Turn(this, key);
        var first = _first.GetOrAdd(key, own);
        if (ReferenceEquals(first, own))
            return own;
        try
        {
            await first.Over.WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Then there are two who ask, or the client has gone.
        }

        own.HasWaited = true;
        return own;
    }

    public sealed class Turn(RequestsUnderWay all, string key) : IDisposable
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasWaited { get; set; }

        public Task Over => _over.Task;

        public void Dispose()
        {
            all._first.TryRemove(KeyValuePair.Create(key, this));
            _over.TrySetResult();
        }
    }
}
