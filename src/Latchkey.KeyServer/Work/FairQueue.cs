namespace Latchkey.KeyServer.Work;

/// <summary>
/// The bounded queue between readers and workers. The edge that has used least computing time is next (start-time fair queueing, Goyal, Vin and Cheng 1996), and an
/// edge's connections take turns; what a request costs is estimated from its key and its Diffie-Hellman group, so neither a flood, nor many connections, nor large keys
/// and groups starve anyone else. An edge gets no credit for the time in which it asked for nothing.
/// </summary>
/// <param name="options">Limit the whole queue.</param>
/// <param name="perConnection">Requests of one connection that may wait. A connection whose every outstanding request waited for a slow device could ask for nothing else.</param>
internal sealed class FairQueue(CurrentOptions options, int perConnection) : IDisposable
{
    // About 16 P-256 signatures: few enough that nobody waits long, enough that their replies share one write. One RSA-2048
    // signature is already more.
    private const int SliceMicroseconds = 500;

    private const int IdleEdgesKept = 64;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<EdgeTurns, (long Used, long Order)> _edges = new();
    private readonly Dictionary<string, EdgeTurns> _byEdge = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0);
    private int _count;
    private int _bytes;
    private long _microseconds;
    private int _sleeping;
    private bool _closed;

    // Computing time in microseconds that whoever is served now had used when its turn began; edges that come anew begin there.
    private long _now;
    private long _order;

    /// <summary>Requests waiting.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Estimated time until what waits now has been computed.</summary>
    public int WaitMicroseconds => (int)(Volatile.Read(ref _microseconds) / Math.Max(1, Workers));

    /// <summary>Threads that take from it.</summary>
    public int Workers { get; set; } = 1;

    /// <summary>Adds requests of one connection, in order, as far as there is room.</summary>
    /// <returns>How many were taken; the caller refuses the rest.</returns>
    public int Add(Backlog backlog, ReadOnlySpan<KeyRequest> requests)
    {
        var taken = 0;
        bool wake;
        lock (_lock)
        {
            if (!_byEdge.TryGetValue(backlog.Edge, out var edge))
                edge = new EdgeTurns(backlog.Edge);
            for (; taken < requests.Length && HasRoomFor(requests[taken], edge, backlog); taken++)
            {
                backlog.Requests.Enqueue(requests[taken]);
                Record(edge, requests[taken], +1);
            }
            if (taken == 0)
                return 0;
            Schedule(backlog, edge);
            wake = TakeSleeper();
        }
        if (wake)
            _wake.Release();
        return taken;
    }

    /// <summary>Waits for the next turn and takes its requests.</summary>
    /// <returns>false once the queue is closed and empty.</returns>
    public bool Take(List<KeyRequest> slice)
    {
        while (true)
        {
            var wakeAnother = false;
            lock (_lock)
            {
                if (_count > 0)
                {
                    TakeSlice(slice);
                    wakeAnother = _count > 0 && TakeSleeper();
                }
                else if (_closed)
                {
                    return false;
                }
                else
                {
                    _sleeping++;
                }
            }
            if (wakeAnother)
                _wake.Release();
            if (slice.Count > 0)
                return true;
            _wake.Wait();
        }
    }

    /// <summary>Takes no more; workers end when what is there is done.</summary>
    public void Close()
    {
        int sleepers;
        lock (_lock)
        {
            _closed = true;
            (sleepers, _sleeping) = (_sleeping, 0);
        }
        if (sleepers > 0)
            _wake.Release(sleepers);
    }

    /// <summary>When no worker waits any more.</summary>
    public void Dispose() => _wake.Dispose();

    // An edge may hold as much as is still free, so that k busy edges get 1/(k + 1) of the queue each and one that comes anew always
    // finds room (dynamic thresholds, Choudhury and Hahne 1998). A bound on all of them alone would let one edge's flood have everybody
    // else refused (attack 20).
    private bool HasRoomFor(KeyRequest request, EdgeTurns edge, Backlog backlog) =>
        !_closed
        && backlog.Requests.Count < perConnection
        && _count + Math.Max(1, edge.Count) <= options.Limits.QueuedRequests
        && _bytes + Math.Max(request.Size, edge.Bytes) <= options.Limits.QueuedBytes;

    /// <summary>Whether an edge has filled nearly all of its part; it need not be read before that has changed.</summary>
    public bool IsCrowdedBy(string edge)
    {
        lock (_lock)
            return _byEdge.TryGetValue(edge, out var turns) && _count + turns.Count > options.Limits.QueuedRequests / 8 * 7L;
    }

    private void Record(EdgeTurns edge, KeyRequest request, int sign)
    {
        _count += sign;
        _bytes += sign * request.Size;
        _microseconds += sign * request.Key.EstimatedMicroseconds;
        edge.Count += sign;
        edge.Bytes += sign * request.Size;
    }

    private bool TakeSleeper()
    {
        if (_sleeping == 0)
            return false;
        _sleeping--;
        return true;
    }

    private void Schedule(Backlog backlog, EdgeTurns edge)
    {
        if (backlog.IsScheduled)
            return;
        backlog.IsScheduled = true;
        if (edge.Connections.Count == 0)
        {
            edge.Used = Math.Max(edge.Used, _now);
            _byEdge[backlog.Edge] = edge;
            _edges.Enqueue(edge, (edge.Used, _order++));
        }
        edge.Connections.Enqueue(backlog);
    }

    private void TakeSlice(List<KeyRequest> slice)
    {
        var edge = _edges.Dequeue();
        _now = edge.Used;
        var backlog = edge.Connections.Dequeue();
        // A single busy connection is shared out among the workers rather than handed to the first.
        var share = (backlog.Requests.Count + Workers - 1) / Workers;
        var cost = 0;
        do
        {
            var request = backlog.Requests.Dequeue();
            slice.Add(request);
            Record(edge, request, -1);
            cost += request.Cost;
        }
        while (slice.Count < share && cost < SliceMicroseconds);

        if (backlog.Requests.Count > 0)
            edge.Connections.Enqueue(backlog);
        else
            backlog.IsScheduled = false;
        edge.Used += cost;
        if (edge.Connections.Count > 0)
            _edges.Enqueue(edge, (edge.Used, _order++));
        else if (_byEdge.Count > 2 * _edges.Count + IdleEdgesKept)
            ForgetIdle();
    }

    // Who asks for one thing at a time has nothing waiting in between, and yet must not begin anew each time: edges stay until the others have caught up.
    private void ForgetIdle()
    {
        foreach (var (name, edge) in _byEdge)
        {
            if (edge.Connections.Count == 0 && (edge.Used <= _now || _edges.Count == 0))
                _byEdge.Remove(name);
        }
    }

    private sealed class EdgeTurns(string edge)
    {
        public string Edge { get; } = edge;

        public Queue<Backlog> Connections { get; } = new();

        /// <summary>Microseconds, on the queue's own clock.</summary>
        public long Used { get; set; }

        /// <summary>Requests waiting, of all its connections.</summary>
        public int Count { get; set; }

        /// <summary>Bytes of these.</summary>
        public int Bytes { get; set; }
    }
}

/// <summary>What one connection has waiting. Belongs to the <see cref="FairQueue"/> and is touched under its lock only.</summary>
internal sealed class Backlog(string edge)
{
    /// <summary>The edge whose turn this connection shares.</summary>
    public string Edge { get; } = edge;

    public Queue<KeyRequest> Requests { get; } = new();

    public bool IsScheduled { get; set; }
}
