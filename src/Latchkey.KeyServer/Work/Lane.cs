using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Work;

/// <summary>
/// A queue with threads of its own: one for what this machine's processors compute, one for each device that holds keys. A device's threads mostly wait for it;
/// what waits for them waits there, so that a slow device never holds up another or the keys in this process (docs/adr/0024).
/// </summary>
internal sealed class Lane
{
    /// <summary>The lane of the processors.</summary>
    public const string Processors = "processors";

    private readonly WorkerPool _workers;

    private Lane(string name, bool isDevice, FairQueue queue, WorkerServices services)
    {
        Name = name;
        IsDevice = isDevice;
        Queue = queue;
        _workers = new WorkerPool(this, services);
    }

    /// <summary><see cref="Processors"/>, or the device's name.</summary>
    public string Name { get; }

    public bool IsDevice { get; }

    public FairQueue Queue { get; }

    /// <summary>What an edge is told where there is no room, or no turn in time.</summary>
    public KeylessError Full => IsDevice ? KeylessError.DeviceBusy : KeylessError.Overloaded;

    /// <inheritdoc cref="Full"/>
    public KeylessError Late => IsDevice ? KeylessError.DeviceBusy : KeylessError.Timeout;

    public LaneStatus Status => new(Name, Queue.Workers, _workers.Busy, Queue.Count, _workers.Answered, _workers.Failed);

    /// <summary>Its threads start with <see cref="Start"/>.</summary>
    public static Lane OfProcessors(CurrentOptions options, WorkerServices services) =>
        new(Processors, isDevice: false, new FairQueue(options, perConnection: int.MaxValue), services);

    /// <inheritdoc cref="OfProcessors"/>
    public static Lane OfDevice(string device, CurrentOptions options, WorkerServices services) =>
        new(device, isDevice: true, new FairQueue(options, Math.Max(1, options.Limits.OutstandingPerConnection / 4)), services);

    /// <summary>Has at least so many threads from now on.</summary>
    public void Start(int workers) => _workers.Grow(workers);

    /// <summary>Lets the threads finish what is queued and waits for them: for a device's only so long, because it may never answer.</summary>
    public void Stop(TimeSpan patience)
    {
        if (_workers.Stop(IsDevice ? patience : Timeout.InfiniteTimeSpan))
            Queue.Dispose();
    }
}

/// <summary>What all lanes' threads share.</summary>
/// <param name="Operations">For operations.</param>
/// <param name="Audit">Where uses are recorded; null: nowhere.</param>
/// <param name="Time">The clock.</param>
/// <param name="Metrics">Count what is answered.</param>
/// <param name="Log">For failures.</param>
internal sealed record WorkerServices(OperationServices Operations, AuditLog? Audit, TimeProvider Time, KeyServerMetrics Metrics, ILogger Log);
