using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Listener;

/// <summary>Connects the key server to the edges that wait for it (catalogue L5): it needs no open port.</summary>
internal sealed class EdgeDialler(KeyServerOptions options, EdgeConnections connections, KeyServerMetrics metrics, ILogger log) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly DialledEdge[] _edges = [.. options.Dial.Select(target => new DialledEdge(target, options, connections, metrics, log))];
    private Task _dialling = Task.CompletedTask;

    /// <summary>Each edge and how it is.</summary>
    public IReadOnlyList<DialStatus> Status => [.. _edges.Select(edge => edge.Status)];

    public void Start()
    {
        using (ExecutionContext.SuppressFlow())
            _dialling = Task.WhenAll(_edges.Select(edge => Task.Run(() => edge.KeepConnectedAsync(_stopping.Token))));
    }

    /// <summary>Dials no more; the connections there are stay for their drain.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _dialling;
    }

    public void Dispose() => _stopping.Dispose();
}

/// <summary>An edge that the key server dials.</summary>
/// <param name="Edge">As configured.</param>
/// <param name="IsConnected">Whether the connection stands and the edge has been admitted.</param>
/// <param name="LastFailure">Why the last attempt failed; null where it did not.</param>
public sealed record DialStatus(string Edge, bool IsConnected, string? LastFailure);
