using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Latchkey.Client.OnDemand;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Relay;
using Latchkey.KeyServer.Roots;
using Latchkey.KeyServer.Work;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Listener;

/// <summary>
/// One admitted connection: a loop that reads and understands requests, and a writer for replies in whatever order they come.
/// It stops reading while too many replies are undelivered. A connection that sent malformed bytes is poisoned, not salvaged.
/// </summary>
internal sealed class EdgeConnection
{
    // What is not read costs neither refusals nor TLS: an edge that has filled its part of the queue is slowed down by TCP rather than answered as fast as it can ask.
    private static readonly TimeSpan HoldBack = TimeSpan.FromMilliseconds(10);

    // So many requests are taken in before it is seen whether there was room for them: what is behind a refused one waits unread. Few, for all connections of an edge
    // that floods come at once when there is room again: 64 of them with 32 requests each had four refused for one that was served, which cost a fifth of the signatures.
    private const int MostAtOnce = 8;

    private const int LeastSteps = 16;

    // Together with the outstanding limit this bounds what an edge that asks but does not read makes the server hold.
    private const int MostWaitingBytes = 1024 * 1024;

    private readonly Socket _socket;
    private readonly SslStream _stream;
    private readonly RequestIntake _intake;
    private readonly CurrentOptions _options;
    private readonly TimeProvider _time;
    private readonly KeyServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly ReceiveBuffer _received = new();
    private readonly List<KeyRequest> _batch = [];
    private Lane? _full;
    private int _taken;
    private TaskCompletionSource? _change;
    private long _closingSince;
    private long _requests;
    private int _outstanding;
    private volatile string? _ending;
    private volatile bool _broken;

    public EdgeConnection(Socket socket, SslStream stream, AdmittedEdge admitted, bool dialled, RequestIntake intake, HandshakePlaces handshakes, CurrentOptions options, TimeProvider time, KeyServerMetrics metrics, ILogger log)
    {
        _socket = socket;
        _stream = stream;
        _intake = intake;
        _options = options;
        _time = time;
        _metrics = metrics;
        _log = log;
        Admitted = admitted;
        IsDialled = dialled;
        Protocol = stream.SslProtocol.ToString(); // asked later, a stream that has just been closed throws: /status would fail
        Peer = socket.RemoteEndPoint;
        Since = time.GetUtcNow();
        Handshakes = new HandshakeTable(handshakes, Edge.Name, options.Limits.RelayedHandshakeTimeout, time, metrics);
        Binding = LinkBinding.Of(stream, SHA256.HashData(stream.LocalCertificate!.GetRawCertData()), Edge.FingerprintBytes.Span);
        Backlogs = new Backlogs(Edge.Name);
        Replies = new ReplyWriter(stream, Delivered, e => Break($"writing failed: {e.Message}"));
        Parked = intake.ParkingOf(Replies);
        Life = new ConnectionLife(time.GetTimestamp());
    }

    public EdgeIdentity Edge => Admitted.Identity;

    /// <summary>By which certificates it came in.</summary>
    public AdmittedEdge Admitted { get; }

    /// <summary>Whether the key server dialled (L5).</summary>
    public bool IsDialled { get; }

    public EndPoint? Peer { get; }

    public DateTimeOffset Since { get; }

    public string Protocol { get; }

    public ReplyWriter Replies { get; }

    public Backlogs Backlogs { get; }

    /// <summary>Its question whether the ticket keys have changed.</summary>
    public ParkedQuestion Parked { get; }

    /// <summary>What is remembered of it beyond its end.</summary>
    public ConnectionLife Life { get; }

    /// <summary>Relayed handshakes that this connection has begun.</summary>
    public HandshakeTable Handshakes { get; }

    /// <summary>What grants on this connection are bound to; empty where the platform does not tell.</summary>
    public ReadOnlyMemory<byte> Binding { get; }

    /// <summary>Nobody waits for replies any more: queued requests are dropped before they cost a signature (attack 20).</summary>
    public bool IsBroken => _broken;

    /// <summary>Requests so far.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Requests without a delivered reply.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    private bool HasRoom => Outstanding - Parked.Count < _options.Limits.OutstandingPerConnection && Replies.WaitingBytes < MostWaitingBytes;

    // An edge that goes on sending must not keep its connection open: Linux delivers what comes after the receiving side was shut down.
    private bool IsPastClosing => _ending is not null && _time.GetElapsedTime(Volatile.Read(ref _closingSince)) > _options.Limits.ConnectionDrain;

    /// <summary>Serves the edge until it leaves, breaks the rules or is asked to leave. Does not throw.</summary>
    public async Task RunAsync()
    {
        _log.EdgeConnected(Edge.Name, Peer, Protocol);
        try
        {
            if (await ReadRequestsAsync())
                await DrainAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _ending ??= e.Message;
        }
        catch (Exception e)
        {
            _log.ConnectionFailed(Edge.Name, e);
            _ending ??= "internal failure";
        }
        Break("closed by the edge");
        await _stream.DisposeAsync();
        _log.EdgeDisconnected(Edge.Name, Peer, Requests, _ending!);
    }

    /// <summary>Reads no more, answers what it has, then closes.</summary>
    public void BeginClose(string reason)
    {
        Volatile.Write(ref _closingSince, _time.GetTimestamp());
        _ending ??= reason;
        try
        {
            // Ends the read under way; what the kernel had already received is still read and answered.
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone by itself.
        }
    }

    /// <summary>Begins to close where the edge has been silent for too long.</summary>
    public void CloseIfIdle(TimeSpan silence)
    {
        if (_ending is null && _time.GetElapsedTime(Life.LastHeard) > silence)
            BeginClose("idle");
    }

    /// <summary>Ends it at once.</summary>
    public void Break(string reason)
    {
        _ending ??= reason;
        _broken = true;
        Parked.Dispose();
        Life.End();
        _socket.Dispose();
        Handshakes.Close();
        Changed();
    }

    private async Task<bool> ReadRequestsAsync()
    {
        while (true)
        {
            switch (TakeRequests())
            {
                case Intake.Malformed:
                    _ending = "malformed bytes";
                    _metrics.Malformed();
                    _log.MalformedBytes(Edge.Name, Peer);
                    return false;
                case Intake.More:
                    await HoldBackAsync();
                    continue;
                case Intake.Full:
                    await HoldBackAsync();
                    await WaitWhileAsync(static c => !c.HasRoom);
                    if (_broken)
                        return false;
                    continue;
            }
            await HoldBackAsync();
            var count = await _stream.ReadAsync(_received.Free());
            if (count == 0 || IsPastClosing)
                return true;
            _received.Received(count);
        }
    }

    // No longer than that all that has come is read, and refused, within the time that a request may wait in the queue: waiting unread is waiting too.
    private async Task HoldBackAsync()
    {
        if (_full is null)
            return;
        // TLS holds some that is not seen here, at most a few hundred requests.
        var age = _options.Limits.QueueAge;
        var share = age * _taken / Math.Max(1, _taken + _received.Count + _socket.Available);
        var most = share < age / LeastSteps ? share : age / LeastSteps;
        var began = _time.GetTimestamp();
        do
            await Task.Delay(HoldBack, _time);
        while (!_broken && _time.GetElapsedTime(began) < most && _full.Queue.IsCrowdedBy(Edge.Name));
        _full = null;
    }

    private Intake TakeRequests()
    {
        var now = _time.GetTimestamp();
        var outcome = Intake.Full;
        var before = _received.Count;
        while (HasRoom)
        {
            var status = _received.TryRead(out var id, out var body);
            if (status == FrameStatus.Complete && KeylessItems.TryRead(body, out var items))
            {
                Life.Heard(now);
                Interlocked.Increment(ref _outstanding);
                _requests++;
                if (_intake.Take(this, id, body, items, now) is { } request)
                    _batch.Add(request);
                if (_batch.Count < MostAtOnce)
                    continue;
                outcome = Intake.More;
                break;
            }
            outcome = status == FrameStatus.Incomplete ? Intake.NeedsMore : Intake.Malformed;
            break;
        }
        _taken = before - _received.Count;
        _full = _intake.Enqueue(this, _batch);
        _batch.Clear();
        Replies.Flush();
        return outcome;
    }

    private async Task DrainAsync()
    {
        Parked.Release();
        using var patience = new CancellationTokenSource(_options.Limits.ConnectionDrain, _time);
        await WaitWhileAsync(static c => c.Outstanding > 0).WaitAsync(patience.Token);
        if (!_broken)
            await _stream.ShutdownAsync().WaitAsync(patience.Token);
    }

    private async Task WaitWhileAsync(Func<EdgeConnection, bool> condition)
    {
        while (condition(this) && !_broken)
        {
            var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _change, change);
            Interlocked.MemoryBarrier(); // publish before looking again, or the last change could be missed
            if (!condition(this) || _broken)
                return;
            await change.Task;
        }
    }

    private void Delivered(int replies)
    {
        Interlocked.Add(ref _outstanding, -replies);
        Changed();
    }

    private void Changed() => Interlocked.Exchange(ref _change, null)?.TrySetResult();

    private enum Intake
    {
        NeedsMore,
        More,
        Full,
        Malformed,
    }
}
