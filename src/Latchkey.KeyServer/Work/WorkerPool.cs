using Latchkey.Client.Links;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Keys.Split;
using Latchkey.KeyServer.Operations;
using Latchkey.KeyStores;
using Latchkey.Splitting;
using Latchkey.Splitting.Threshold;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Work;

/// <summary>
/// The threads of a lane, which touch private keys. Dedicated ones: the thread pool reads and writes sockets, and a burst of signatures on it would
/// keep it from doing so. The kernel shares the processors between the two.
/// </summary>
internal sealed class WorkerPool(Lane lane, WorkerServices services)
{
    private readonly List<Thread> _threads = [];
    private readonly LogThrottle _failures = new(services.Time);
    private int _busy;
    private long _answered;
    private long _failed;
    private readonly LogThrottle _partsRefused = new(services.Time);

    /// <summary>Threads at work.</summary>
    public int Busy => Volatile.Read(ref _busy);

    /// <summary>Requests performed.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Those of them that ended in an exception: the key or its device failed.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Starts what is missing to so many threads; one caller at a time.</summary>
    public void Grow(int workers)
    {
        while (_threads.Count < workers)
        {
            var thread = new Thread(Work) { IsBackground = true, Name = $"latchkey {lane.Name} {_threads.Count}" };
            _threads.Add(thread);
            thread.Start();
        }
        lane.Queue.Workers = _threads.Count;
    }

    /// <summary>Lets the workers finish what is queued and waits for them.</summary>
    /// <returns>false where one of them still waits for its device after that time.</returns>
    public bool Stop(TimeSpan patience)
    {
        lane.Queue.Close();
        var began = services.Time.GetTimestamp();
        return _threads.TrueForAll(thread => thread.Join(patience == Timeout.InfiniteTimeSpan ? patience : Left()));

        TimeSpan Left() => TimeSpan.FromTicks(Math.Max(0, (patience - services.Time.GetElapsedTime(began)).Ticks));
    }

    private void Work()
    {
        var slice = new List<KeyRequest>();
        var answers = new SliceAnswers(services, lane.Name);
        while (lane.Queue.Take(slice))
        {
            Interlocked.Increment(ref _busy);
            foreach (var request in slice)
                Answer(request, answers);
            answers.Deliver();
            Interlocked.Decrement(ref _busy);
            // All requests of a slice are of one connection: their replies leave in one write.
            slice[0].Connection.Replies.Flush();
            slice.Clear();
        }
    }

    private void Answer(KeyRequest request, SliceAnswers answers)
    {
        try
        {
            if (request.Connection.IsBroken)
                services.Metrics.Dropped();
            else if (services.Time.GetTimestamp() > request.Deadline)
                Refuse(request);
            else if (services.Audit is { Refuses: true })
                RefuseUnrecorded(request);
            else
                Perform(request, answers);
        }
        finally
        {
            request.Key.Release();
            request.Message.Clear();
        }
    }

    private void Refuse(KeyRequest request)
    {
        services.Metrics.Refused("queue_age", lane.Name);
        request.Connection.Replies.AddError(request.Message.Id, lane.Late);
    }

    // What could not be recorded is not done (X7). Another key server may be able to.
    private void RefuseUnrecorded(KeyRequest request)
    {
        services.Metrics.Refused("audit", lane.Name);
        services.Audit!.CountRefused();
        request.Connection.Replies.AddError(request.Message.Id, KeylessError.Internal);
    }

    private void Perform(KeyRequest request, SliceAnswers answers)
    {
        answers.Add(request, Compute(request));
        Interlocked.Increment(ref _answered);
    }

    // Before the request's bytes are wiped.
    private OperationResult Sealed(OperationResult result, in KeylessItems items)
    {
        if (result.Secret is not { } secret || !items.Has(ItemTag.SealTo))
            return result;
        using (secret)
        {
            return SealedReply.Seal(services.Operations.Crypto, items.Opcode, items.Value(ItemTag.SealTo), secret) is { } box
                ? result with { Public = box, Secret = null }
                : OperationResult.Failed(KeylessError.Malformed);
        }
    }

    private OperationResult Compute(KeyRequest request)
    {
        if (request.Key.Private is ThresholdShare && !request.Operation.SignsPartially(request.Message.Items) && request.Operation.UsesPrivateKey(request.Message.Items))
            return OperationResult.Failed(KeylessError.PartsMissing);
        using var joined = request.Key.Private is SplitKey split ? new JoinedKey(split, new PartsForOperation(request, services.Operations.KeyServers), services.Operations.Crypto) : null;
        var key = joined is null ? request.Key : request.Key.ForOneOperation(joined);
        try
        {
            var items = request.Message.Items;
            var asked = request.Operation.IsAskedOnce ? AskedQuestion.Of(items, request.Connection.Edge.Name, request.Connection.Life) : default;
            if (!services.Operations.Freshness.Admits(request, asked))
                return OperationResult.Failed(KeylessError.Replayed);
            var lease = new KeyLease(key, request.Connection.Edge, request.Connection.Handshakes, request.Connection.Binding) { Asked = asked };
            return Fitting(Sealed(request.Operation.Perform(items, lease, services.Operations), items));
        }
        catch (KeyStoreException e)
        {
            // The device is gone, locked or at its limits: another key server may reach it, or another copy of the key.
            Interlocked.Increment(ref _failed);
            if (_failures.Allows())
                services.Log.DeviceFailed(request.Operation.Name, request.Key.File, request.Connection.Edge.Name, e.Message);
            return OperationResult.Failed(KeylessError.DeviceBusy);
        }
        catch (PartRefusedException e)
        {
            if (_partsRefused.Allows())
                services.Log.NotJoined(request.Key.File, e.Message);
            return OperationResult.Failed(e.Error);
        }
        catch (Exception e)
        {
            // Whatever a key does, the worker lives on and the edge gets an answer that says nothing.
            Interlocked.Increment(ref _failed);
            services.Log.OperationFailed(request.Operation.Name, request.Key.File, request.Connection.Edge.Name, e);
            return OperationResult.Failed(KeylessError.CryptographicFailure);
        }
    }

    // An edge decides how long a relayed handshake's messages are, with the chain and the authorities that it names. What fits into no message would end this thread, and with it the process.
    private static OperationResult Fitting(OperationResult result)
    {
        if ((result.Secret?.Length ?? result.Public.Length) <= KeylessEncoder.MaxPayload)
            return result;
        result.Secret?.Dispose();
        return OperationResult.Failed(KeylessError.Malformed);
    }
}
