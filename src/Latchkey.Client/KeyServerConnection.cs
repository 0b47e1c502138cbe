using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Links;
using Latchkey.Client.OnDemand;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>
/// One multiplexed connection to one key server: requests of any number of callers are pipelined and matched to their replies by
/// id. Thread-safe. A connection that has failed in any way is closed and never used again; <see cref="KeyServerClient"/> opens
/// the next one.
/// </summary>
/// <remarks>
/// Three loops: the writer sends everything that has been encoded while its last write was under way in one write (a TLS record
/// for every request would cost more than all the rest); the reader completes callers on the thread pool; the watch looks after
/// deadlines and silence.
/// </remarks>
public sealed partial class KeyServerConnection : IAsyncDisposable
{
    /// <summary>Requests that may be outstanding at once; the deployed server stops reading at as many. Further callers wait.</summary>
    public const int MaxOutstanding = PendingReplies.Capacity;

    private readonly Lock _gate = new();
    private readonly SslStream _stream;
    private readonly KeyServerConnectionOptions _options;
    private readonly RequestSigner? _signer;
    private readonly PendingReplies _pending = new();
    private readonly WriterSignal _writable = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<KeyServerException> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OutgoingBuffer _outgoing = new();
    private bool _writerSleeps;
    private KeyServerException? _broken;
    private long _lastReceived;
    private Task _loops = Task.CompletedTask;

    private KeyServerConnection(KeyServerEndPoint endPoint, SslStream stream, KeyServerConnectionOptions options)
    {
        EndPoint = endPoint;
        _stream = stream;
        _options = options;
        _signer = options.RequestKey is null ? null : new RequestSigner(options.RequestKey, options.TimeProvider);
        _lastReceived = options.TimeProvider.GetTimestamp();
        Binding = LinkBinding.Of(stream, SHA256.HashData(stream.RemoteCertificate!.GetRawCertData()), SHA256.HashData(options.Certificate.RawData));
    }

    /// <summary>The key server.</summary>
    public KeyServerEndPoint EndPoint { get; }

    /// <summary>What a Latchkey key server can do; null for a foreign one, which speaks the deployed protocol only.</summary>
    public PeerCapabilities? Capabilities { get; private set; }

    /// <summary>Whether it seals secret results to the question.</summary>
    internal bool SealsReplies => Capabilities is { } peer && peer.Features.HasFlag(PeerFeatures.SealedReplies);

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<KeyServerException> Closed => _closed.Task;

    /// <summary>Requests sent whose replies have not arrived.</summary>
    public int Outstanding => _pending.Outstanding;

    /// <summary>The standing of its key server in a pool; null for a connection on its own.</summary>
    internal Balancing.ServerStanding? Standing { get; set; }

    /// <summary>What grants on this connection are bound to; empty where the platform does not tell.</summary>
    internal ReadOnlyMemory<byte> Binding { get; }

    /// <summary>The configured names that the key server's certificate has.</summary>
    internal IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>The key server's certificate, those above it, the root last.</summary>
    internal IReadOnlyList<X509Certificate2> PeerChain { get; private init; } = [];

    /// <summary>What keeps an on-demand connection from being closed: handshakes that are known to this connection alone.</summary>
    internal ConnectionUse Use { get; } = new();

    internal TimeProvider TimeProvider => _options.TimeProvider;

    /// <summary>
    /// Sends a request. Encoded before this returns: the spans of <paramref name="items"/> are free then. Await the result once.
    /// </summary>
    /// <param name="secret">The result is a secret: it arrives as <see cref="KeylessReply.Secret"/>.</param>
    /// <param name="timeout">Waiting for one of the <see cref="MaxOutstanding"/> ids included; kept to within 0.1 s.</param>
    /// <exception cref="KeyServerException">The connection has ended, or the reply is late.</exception>
    /// <exception cref="ArgumentException">The items do not fit into a message.</exception>
    public ValueTask<KeylessReply> RequestAsync(scoped in OutgoingItems items, bool secret, TimeSpan timeout, CancellationToken cancellationToken) =>
        RequestAsync(items, secret, parked: false, timeout, cancellationToken);

    /// <summary>
    /// Sends a request that the key server answers when there is something to tell. Meanwhile nothing waits for it: it does not count as outstanding, its key server is not
    /// late, and an on-demand connection is closed all the same.
    /// </summary>
    /// <param name="timeout">Longer than the key server was asked to wait.</param>
    /// <exception cref="KeyServerException">The connection has ended, or the reply is late.</exception>
    internal ValueTask<KeylessReply> ParkAsync(scoped in OutgoingItems items, TimeSpan timeout, CancellationToken cancellationToken) =>
        RequestAsync(items, secret: false, parked: true, timeout, cancellationToken);

    private ValueTask<KeylessReply> RequestAsync(scoped in OutgoingItems items, bool secret, bool parked, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_signer is null || !RequestSigner.Covers(items.Opcode) || Capabilities?.Features.HasFlag(PeerFeatures.SignedRequests) != true)
            return SendAsync(items, secret, parked, timeout, cancellationToken);
        scoped var signed = items;
        signed.RequestSignature = _signer.Sign(items, Binding.Span); // before the lock: it takes as long as a use of the key
        return SendAsync(signed, secret, parked, timeout, cancellationToken);
    }

    private ValueTask<KeylessReply> SendAsync(scoped in OutgoingItems items, bool secret, bool parked, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var size = KeylessEncoder.GetSize(items);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<KeylessReply>(cancellationToken);
        var now = TimeProvider.GetTimestamp();
        var deadline = now + (long)(timeout.TotalSeconds * TimeProvider.TimestampFrequency);
        PendingReply? slot;
        var wakesWriter = false;
        lock (_gate)
        {
            if (_broken is not null)
                return ValueTask.FromException<KeylessReply>(_broken);
            slot = _pending.TryTake(parked);
            if (slot is not null)
            {
                slot.Begin(secret, now, deadline, parked);
                KeylessEncoder.Write(_outgoing.GetSpan(size)[..size], slot.Id, items);
                wakesWriter = Enqueued(size);
            }
        }
        if (wakesWriter)
            _writable.Set();
        if (slot is not null)
            return slot.Outcome(cancellationToken);
        var message = GC.AllocateArray<byte>(size, pinned: true);
        KeylessEncoder.Write(message, 0, items);
        return RequestWhenFreeAsync(message, secret, parked, deadline, cancellationToken);
    }

    /// <summary>Closes the connection at once, for a reason that callers and the log are told.</summary>
    internal void Refuse(string reason) => Break(new KeyServerException(reason, KeyServerFailure.Disconnected));

    /// <summary>Closes the connection; requests outstanding fail.</summary>
    public async ValueTask DisposeAsync()
    {
        Break(new KeyServerException($"The connection to key server {EndPoint} was closed by this side.", KeyServerFailure.Disconnected));
        await _loops;
        _stopping.Dispose();
    }

    private async ValueTask<KeylessReply> RequestWhenFreeAsync(byte[] message, bool secret, bool parked, long deadline, CancellationToken cancellationToken)
    {
        PendingReply slot;
        try
        {
            slot = await TakeSlotAsync(message, secret, parked, deadline, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message); // as with what lies in the buffer, there may be a session's secret in it
        }
        return await slot.Outcome(cancellationToken);
    }

    private async ValueTask<PendingReply> TakeSlotAsync(byte[] message, bool secret, bool parked, long deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            PendingReply? slot;
            var wakesWriter = false;
            lock (_gate)
            {
                if (_broken is not null)
                    throw _broken;
                slot = _pending.TryTake(parked);
                if (slot is not null)
                {
                    slot.Begin(secret, TimeProvider.GetTimestamp(), deadline, parked);
                    KeylessEncoder.SetId(message, slot.Id);
                    message.CopyTo(_outgoing.GetSpan(message.Length));
                    wakesWriter = Enqueued(message.Length);
                }
            }
            if (wakesWriter)
                _writable.Set();
            if (slot is not null)
                return slot;
            await WaitForSlotAsync(deadline, cancellationToken);
        }
    }

    private async Task WaitForSlotAsync(long deadline, CancellationToken cancellationToken)
    {
        var waiter = _pending.Wait();
        try
        {
            var left = TimeProvider.GetElapsedTime(TimeProvider.GetTimestamp(), deadline);
            await waiter.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            _pending.StopWaiting(waiter);
            throw new KeyServerException($"Key server {EndPoint} has {MaxOutstanding} requests outstanding and answered none in time.", KeyServerFailure.TimedOut);
        }
        catch (OperationCanceledException)
        {
            _pending.StopWaiting(waiter);
            throw;
        }
    }

    // Under the lock. True: the caller wakes the writer once it has left the lock, because the writer begins on the caller's thread.
    private bool Enqueued(int size)
    {
        _outgoing.Advance(size);
        var wakesWriter = _writerSleeps;
        _writerSleeps = false;
        return wakesWriter;
    }

    private void Break(KeyServerException reason)
    {
        bool wakesWriter;
        lock (_gate)
        {
            if (_broken is not null)
                return;
            _broken = reason;
            wakesWriter = _writerSleeps;
            _writerSleeps = false;
        }
        if (wakesWriter)
            _writable.Set();
        _closed.TrySetResult(reason); // before the callers hear of it: those that try again must not choose this one
        _stopping.Cancel();
        _stream.Dispose();
        _pending.Abort(reason);
    }
}
