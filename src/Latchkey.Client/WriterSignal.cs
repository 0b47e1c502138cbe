using System.Threading.Tasks.Sources;

namespace Latchkey.Client;

/// <summary>
/// Wakes the one writer loop without allocating. The connection's lock guarantees one <see cref="Set"/> for each wait: it is
/// called only by whoever found, under that lock, that the writer had announced to go to sleep. The loop goes on inside
/// <see cref="Set"/>, up to its first wait: a request that finds the connection idle is sent without another thread.
/// </summary>
internal sealed class WriterSignal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    public ValueTask WaitAsync() => new(this, _core.Version);

    public void Set() => _core.SetResult(true);

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        _core.Reset();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
