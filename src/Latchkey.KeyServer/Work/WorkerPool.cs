using Latchkey.KeyServer.Operations;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Work;

/// <summary>
/// The threads that touch private keys. Dedicated ones: the thread pool reads and writes sockets, and a burst of signatures on it would
/// keep it from doing so. The kernel shares the processors between the two.
/// </summary>
internal sealed class WorkerPool
{
    private readonly FairQueue _queue;
    private readonly OperationServices _services;
    private readonly TimeProvider _time;
    private readonly KeyServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly Thread[] _threads;

    public WorkerPool(FairQueue queue, int workers, OperationServices services, TimeProvider time, KeyServerMetrics metrics, ILogger log)
    {
        _queue = queue;
        _services = services;
        _time = time;
        _metrics = metrics;
        _log = log;
        _threads = new Thread[workers];
        for (var i = 0; i < workers; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"latchkey key worker {i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Lets the workers finish what is queued and waits for them.</summary>
    public void Stop()
    {
        _queue.Close();
        foreach (var thread in _threads)
            thread.Join();
    }

    private void Work()
    {
        var slice = new List<KeyRequest>();
        while (_queue.Take(slice))
        {
            foreach (var request in slice)
                Answer(request);
            // All requests of a slice are of one connection: their replies leave in one write.
            slice[0].Connection.Replies.Flush();
            slice.Clear();
        }
    }

    private void Answer(KeyRequest request)
    {
        try
        {
            if (request.Connection.IsBroken)
                _metrics.Dropped();
            else if (_time.GetTimestamp() > request.Deadline)
                Refuse(request);
            else
                Perform(request);
        }
        finally
        {
            request.Key.Release();
            request.Message.Clear();
        }
    }

    private void Refuse(KeyRequest request)
    {
        request.Connection.Replies.AddError(request.Message.Id, KeylessError.Timeout);
        _metrics.Refused("queue_age");
    }

    private void Perform(KeyRequest request)
    {
        var result = Compute(request);
        using (result.Secret)
        {
            if (result.Error != KeylessError.None)
                request.Connection.Replies.AddError(request.Message.Id, result.Error);
            else
                request.Connection.Replies.AddResult(request.Message.Id, result.Secret is null ? result.Public.Span : result.Secret.Span);
        }
        _metrics.Answered(request.Operation.Name, result.Error, _time.GetElapsedTime(request.Arrived));
    }

    private OperationResult Compute(KeyRequest request)
    {
        try
        {
            return request.Operation.Perform(request.Message.Items, new KeyLease(request.Key, request.Connection.Edge, request.Connection.Handshakes), _services);
        }
        catch (Exception e)
        {
            // Whatever a key does, the worker lives on and the edge gets an answer that says nothing.
            _log.OperationFailed(request.Operation.Name, request.Key.File, request.Connection.Edge.Name, e);
            return OperationResult.Failed(KeylessError.CryptographicFailure);
        }
    }
}
