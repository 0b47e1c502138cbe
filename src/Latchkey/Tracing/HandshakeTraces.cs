using System.Collections.Immutable;
using System.Threading.Channels;
using Latchkey.Tls;

namespace Latchkey.Tracing;

/// <summary>
/// Passes finished handshakes to whoever watches (the admin endpoint's <c>/events</c>). While nobody does, a handshake costs
/// nothing more than a look at an empty list.
/// </summary>
internal sealed class HandshakeTraces
{
    // A watcher that does not read loses the oldest; it must not hold up handshakes nor memory.
    private const int Backlog = 256;

    private ImmutableList<Channel<HandshakeTrace>> _watchers = [];
    private long _count;

    /// <summary>An observer for one handshake: what <see cref="TlsSite.Observer"/> asks for.</summary>
    public HandshakeObserver Begin() => _watchers.IsEmpty ? Unwatched.Instance : new TracingObserver(this);

    /// <summary>Handshakes that begin from now on, from the call (not from the first
    /// step of the enumeration) until the token is cancelled, which must happen.</summary>
    public IAsyncEnumerable<HandshakeTrace> WatchAsync(CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<HandshakeTrace>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        ImmutableInterlocked.Update(ref _watchers, static (all, one) => all.Add(one), channel);
        cancellationToken.Register(() => Forget(channel));
        return channel.Reader.ReadAllAsync(cancellationToken);
    }

    private void Forget(Channel<HandshakeTrace> channel) =>
        ImmutableInterlocked.Update(ref _watchers, static (all, one) => all.Remove(one), channel);

    internal long NextId() => Interlocked.Increment(ref _count);

    internal void Publish(HandshakeTrace trace)
    {
        foreach (var watcher in _watchers)
            watcher.Writer.TryWrite(trace);
    }

    private sealed class Unwatched : HandshakeObserver
    {
        public static readonly Unwatched Instance = new();
    }
}
