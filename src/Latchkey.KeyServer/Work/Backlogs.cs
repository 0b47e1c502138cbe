namespace Latchkey.KeyServer.Work;

/// <summary>What one connection has waiting, in each lane. Touched on the connection's reader only.</summary>
internal sealed class Backlogs(string edge)
{
    private readonly Backlog _own = new(edge);
    private Dictionary<Lane, Backlog>? _devices;

    public Backlog In(Lane lane)
    {
        if (!lane.IsDevice)
            return _own;
        _devices ??= [];
        if (!_devices.TryGetValue(lane, out var backlog))
            _devices.Add(lane, backlog = new Backlog(edge));
        return backlog;
    }
}
