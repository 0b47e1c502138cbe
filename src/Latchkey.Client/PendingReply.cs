using System.Threading.Tasks.Sources;
using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>
/// One outstanding request: where its caller waits. Reused for later requests once two things have happened: the caller has
/// taken the outcome, and the key server has replied (or the connection has died). Until then the id stays reserved, so that a
/// late reply can never be taken for another request's (attack 15).
/// </summary>
internal sealed class PendingReply(PendingReplies owner, int index) : IValueTaskSource<KeylessReply>
{
    // Continuations never run on the reader loop: a slow caller would hold up everybody's replies.
    private ManualResetValueTaskSourceCore<KeylessReply> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private uint _generation;
    private long _waiting; // 1 + id while the caller has no outcome yet, negative once it was told that it waits long; whoever sets it to 0 decides the outcome
    private int _owed;     // 1 while the key server owes the reply
    private int _holds;
    private long _deadline;
    private long _begun;
    private bool _isLate;
    private TaskCompletionSource<KeylessReply>? _later;

    public int Index => index;

    public uint Id { get; private set; }

    /// <summary>The result goes into <see cref="SecretBytes"/> rather than an array.</summary>
    public bool IsSecret { get; private set; }

    /// <summary>The key server answers when there is something to tell: how long that takes says nothing about it.</summary>
    public bool IsParked { get; private set; }

    public bool HasWaitingCaller => Volatile.Read(ref _waiting) != 0;

    /// <summary>Begins a request; called under the connection's lock.</summary>
    public void Begin(bool secret, long now, long deadline, bool parked = false)
    {
        Id = ++_generation << PendingReplies.IndexBits | (uint)index;
        IsSecret = secret;
        IsParked = parked;
        _core.Reset();
        _deadline = deadline;
        Volatile.Write(ref _begun, now);
        _isLate = false;
        _holds = 2;
        Volatile.Write(ref _owed, 1);
        Volatile.Write(ref _waiting, 1L + Id);
    }

    /// <summary>What the caller awaits, once.</summary>
    public ValueTask<KeylessReply> Outcome(CancellationToken cancellationToken)
    {
        var outcome = new ValueTask<KeylessReply>(this, _core.Version);
        if (cancellationToken.CanBeCanceled)
            _cancellation = cancellationToken.UnsafeRegister(static (slot, token) => ((PendingReply)slot!).Fail(new OperationCanceledException(token)), this);
        return outcome;
    }

    /// <summary>The reply came. False: none was owed under that id.</summary>
    public bool TryReply(uint id, Opcode opcode, in KeylessItems items)
    {
        if (Id != id || Interlocked.Exchange(ref _owed, 0) == 0)
            return false;
        if (Interlocked.CompareExchange(ref _waiting, 0, 1L + id) == 1L + id)
            _core.SetResult(Read(opcode, items));
        else if (Interlocked.CompareExchange(ref _waiting, 0, -1L - id) == -1L - id)
            _later!.SetResult(Read(opcode, items));
        Release();
        return true;
    }

    /// <summary>The connection died: no reply will come.</summary>
    public void Abort(Exception reason)
    {
        if (Interlocked.Exchange(ref _owed, 0) == 0)
            return;
        Fail(reason);
        Release();
    }

    /// <summary>The deadline passed: the caller goes, the id stays reserved.</summary>
    public void FailIfLate(long now, Func<KeyServerException> reason)
    {
        // Read in this order: should the slot begin another request in between, the exchange fails.
        var waiting = Volatile.Read(ref _waiting);
        if (waiting != 0 && Volatile.Read(ref _deadline) <= now && Interlocked.CompareExchange(ref _waiting, 0, waiting) == waiting)
            SetException(waiting, reason());
    }

    /// <summary>The caller has waited long: it is told so (<see cref="KeylessReply.Later"/>), and what comes goes there. Called by one thread at a time.</summary>
    public void TellIfOverdue(long now, long limit)
    {
        var waiting = Volatile.Read(ref _waiting);
        if (waiting <= 0 || IsParked || now - Volatile.Read(ref _begun) < limit)
            return;
        _later = new TaskCompletionSource<KeylessReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _waiting, -waiting, waiting) == waiting)
            _core.SetResult(new KeylessReply(KeylessError.None, default) { Later = _later.Task });
    }

    /// <summary>Whether the reply has been owed for longer than that; true once for each request, whether or not its caller still waits.</summary>
    public bool BecameLate(long now, long limit)
    {
        if (_isLate || IsParked || Volatile.Read(ref _owed) == 0 || now - Volatile.Read(ref _begun) < limit)
            return false;
        return _isLate = true;
    }

    private void Fail(Exception reason)
    {
        if (Interlocked.Exchange(ref _waiting, 0) is not 0 and var waiting)
            SetException(waiting, reason);
    }

    private void SetException(long waiting, Exception reason)
    {
        if (waiting > 0)
            _core.SetException(reason);
        else
            _later!.SetException(reason);
    }

    private KeylessReply Read(Opcode opcode, in KeylessItems items)
    {
        if (opcode == Opcode.Error)
            return new KeylessReply(items.Error == KeylessError.None ? KeylessError.Internal : items.Error, default);
        return IsSecret
            ? new KeylessReply(KeylessError.None, default, SecretBytes.CopyOf(items.Payload))
            : new KeylessReply(KeylessError.None, items.Payload.ToArray());
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
            owner.Return(this);
    }

    KeylessReply IValueTaskSource<KeylessReply>.GetResult(short token)
    {
        // Waits for a cancellation callback that is running, so that it cannot reach the slot's next request.
        _cancellation.Dispose();
        _cancellation = default;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<KeylessReply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<KeylessReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
