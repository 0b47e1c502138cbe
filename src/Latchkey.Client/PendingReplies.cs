using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>
/// The outstanding requests of one connection: at most 1,024, as many as the deployed server reads before it stops. One of them
/// is kept for the ping. Ids are a slot's index with a generation above it.
/// </summary>
internal sealed class PendingReplies
{
    public const int IndexBits = 10;
    public const int Capacity = 1 << IndexBits;

    private readonly Lock _lock = new();
    private readonly PendingReply[] _slots = new PendingReply[Capacity];
    private readonly Stack<PendingReply> _free = new(Capacity);
    private readonly Queue<TaskCompletionSource> _waiters = new();
    private readonly PendingReply _ping;
    private bool _pingIsFree = true;
    private int _created;
    private int _parked;

    public PendingReplies()
    {
        _ping = _slots[0] = new PendingReply(this, 0);
        _created = 1;
    }

    /// <summary>Requests whose id is reserved, ping included; without those that are parked, whose answers nobody waits for.</summary>
    public int Outstanding
    {
        get
        {
            lock (_lock)
                return _created - _free.Count - (_pingIsFree ? 1 : 0) - _parked;
        }
    }

    /// <summary>A slot for a request; null where all are taken.</summary>
    /// <param name="parked">As it will be begun.</param>
    public PendingReply? TryTake(bool parked = false)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var slot))
            {
                if (_created == Capacity)
                    return null;
                slot = _slots[_created] = new PendingReply(this, _created);
                _created++;
            }
            _parked += parked ? 1 : 0;
            return slot;
        }
    }

    /// <summary>The ping's slot; null while its last reply is still owed.</summary>
    public PendingReply? TryTakePing()
    {
        lock (_lock)
        {
            var slot = _pingIsFree ? _ping : null;
            _pingIsFree = false;
            return slot;
        }
    }

    /// <summary>Completes when a slot has become free since; try again then.</summary>
    public TaskCompletionSource Wait()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_free.Count > 0 || _created < Capacity)
                waiter.SetResult();
            else
                _waiters.Enqueue(waiter);
        }
        return waiter;
    }

    /// <summary>A waiter has given up; had it been called already, the next one is called in its place.</summary>
    public void StopWaiting(TaskCompletionSource waiter)
    {
        if (waiter.TrySetCanceled())
            return;
        lock (_lock)
            CallNextWaiter();
    }

    public void Return(PendingReply slot)
    {
        lock (_lock)
        {
            if (slot == _ping)
            {
                _pingIsFree = true;
                return;
            }
            _parked -= slot.IsParked ? 1 : 0;
            _free.Push(slot);
            CallNextWaiter();
        }
    }

    /// <summary>Hands a reply to its request. False: no request is outstanding under that id.</summary>
    public bool TryReply(uint id, Opcode opcode, in KeylessItems items, out bool secret)
    {
        var slot = Volatile.Read(ref _slots[id & (Capacity - 1)]);
        secret = slot?.IsSecret ?? false;
        return slot is not null && slot.TryReply(id, opcode, items);
    }

    /// <summary>Fails those that are late. False: every id is reserved and nobody waits for any of them, so that the connection
    /// is of no more use.</summary>
    public bool FailLate(long now, Func<KeyServerException> reason)
    {
        var waiting = 0;
        var created = Volatile.Read(ref _created);
        for (var i = 0; i < created; i++)
        {
            _slots[i].FailIfLate(now, reason);
            waiting += _slots[i].HasWaitingCaller ? 1 : 0;
        }
        return waiting > 0 || Outstanding < Capacity - 1;
    }

    /// <summary>Tells callers that they have waited long.</summary>
    /// <param name="overdue">How long that is.</param>
    /// <param name="late">How long an answer may be owed.</param>
    /// <returns>How many requests have become late.</returns>
    public int TellOverdue(long now, long overdue, long late)
    {
        var count = 0;
        var created = Volatile.Read(ref _created);
        for (var i = 1; i < created; i++) // the first is the ping's
        {
            _slots[i].TellIfOverdue(now, overdue);
            count += _slots[i].BecameLate(now, late) ? 1 : 0;
        }
        return count;
    }

    /// <summary>The connection died.</summary>
    public void Abort(Exception reason)
    {
        var created = Volatile.Read(ref _created);
        for (var i = 0; i < created; i++)
            _slots[i].Abort(reason);
        lock (_lock)
        {
            while (_waiters.TryDequeue(out var waiter))
                waiter.TrySetResult(); // it tries again and meets the reason
        }
    }

    private void CallNextWaiter()
    {
        while (_waiters.TryDequeue(out var waiter) && !waiter.TrySetResult())
        {
        }
    }
}
