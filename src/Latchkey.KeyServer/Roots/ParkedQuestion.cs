using Latchkey.KeyServer.Listener;
using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Roots;

/// <summary>
/// A connection's question whether the ticket keys have changed (operation 52), which waits until they have and takes no thread meanwhile. There is one at a time: the next one has the earlier
/// one answered. Thread-safe.
/// </summary>
internal sealed class ParkedQuestion(TicketKeyRoots roots, ReplyWriter replies, KeyServerMetrics metrics) : IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _waiting;
    private bool _answersAtOnce;
    private volatile bool _isClosed;

    /// <summary>0 or 1: the one that waits is no work that the edge could have too much of. One that has been ended is, until it is answered.</summary>
    public int Count => Volatile.Read(ref _waiting) is null ? 0 : 1;

    /// <summary>Answers the question at once, to be flushed by the caller, or lets it wait.</summary>
    public void Take(uint id, FollowTicketKeysRequest request)
    {
        if (roots.Generation != request.Known || request.WaitMilliseconds == 0)
        {
            Answer(id);
            return;
        }
        CancellationTokenSource waiting;
        lock (_gate)
        {
            if (_answersAtOnce)
            {
                Answer(id);
                return;
            }
            _waiting?.Cancel();
            waiting = _waiting = new CancellationTokenSource(TimeSpan.FromMilliseconds(request.WaitMilliseconds), roots.Time);
        }
        _ = WaitAsync(id, request.Known, waiting);
    }

    /// <summary>Answers what waits, and from now on everything at once: the connection is to end when all is answered.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _answersAtOnce = true;
            _waiting?.Cancel();
        }
    }

    /// <summary>Answers nothing any more.</summary>
    public void Dispose()
    {
        _isClosed = true;
        Release();
    }

    private async Task WaitAsync(uint id, UInt128 known, CancellationTokenSource waiting)
    {
        await roots.WaitForChangeAsync(known, waiting.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield(); // whoever ended the wait holds the lock, and has other things to do than to write to this connection
        lock (_gate)
        {
            if (_waiting == waiting)
                _waiting = null;
            waiting.Dispose();
        }
        if (_isClosed)
            return;
        Answer(id);
        replies.Flush();
    }

    private void Answer(uint id)
    {
        var fields = new FieldWriter(FollowTicketKeysReply.Size);
        new FollowTicketKeysReply(roots.Generation, (ulong)Math.Max(0, roots.Time.GetUtcNow().ToUnixTimeMilliseconds())).Write(ref fields);
        replies.AddResult(id, fields.Written);
        metrics.Answered("follow_ticket_keys", KeylessError.None);
    }
}
