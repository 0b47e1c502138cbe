using System.Collections.Concurrent;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Work;

/// <summary>All lanes of a key server. A device's lane comes with its first key and stays.</summary>
internal sealed class Lanes(CurrentOptions options, WorkerServices services)
{
    private readonly ConcurrentDictionary<string, Lane> _devices = new(StringComparer.Ordinal);
    private readonly Lock _opening = new();
    private readonly Lane _processors = Lane.OfProcessors(options, services);
    private bool _stopped;

    /// <summary>Requests waiting, in all of them.</summary>
    public int Queued => All.Sum(lane => lane.Queue.Count);

    /// <summary>What edges are told: all that waits, and how long the lane where it takes longest will need for it.</summary>
    public KeyServerLoad Load => new((uint)Queued, (ushort)_processors.Queue.Workers, (uint)All.Max(lane => lane.Queue.WaitMicroseconds));

    /// <summary>The processors' lane first.</summary>
    public IEnumerable<Lane> All => _devices.Values.OrderBy(lane => lane.Name, StringComparer.Ordinal).Prepend(_processors);

    /// <summary>Where an operation's request waits.</summary>
    public Lane Of(StoredKey key, KeyOperation operation, in KeylessItems items)
    {
        if (key.Device is not { } device || !operation.UsesPrivateKey(items))
            return _processors;
        return _devices.TryGetValue(device, out var lane) ? lane : Open(device, key.Concurrency);
    }

    /// <summary>Starts the processors' lane.</summary>
    public void Start() => _processors.Start(options.Limits.Workers);

    /// <summary>Opens the lanes of these keys' devices, with as many threads as the devices have places now.</summary>
    public void Prepare(IEnumerable<StoredKey> keys)
    {
        foreach (var key in keys)
        {
            if (key.Device is { } device)
                Open(device, key.Concurrency);
        }
    }

    /// <summary>Lets the threads finish what is queued, waits for them and ends the lanes.</summary>
    public void Stop()
    {
        lock (_opening)
            _stopped = true;
        foreach (var lane in All)
            lane.Stop(options.Limits.ConnectionDrain);
    }

    private Lane Open(string device, int concurrency)
    {
        lock (_opening)
        {
            var lane = _devices.GetOrAdd(device, name => Lane.OfDevice(name, options, services));
            if (!_stopped)
                lane.Start(concurrency);
            return lane;
        }
    }
}
