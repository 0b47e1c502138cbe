namespace Latchkey.Client.Balancing;

/// <summary>Pings a key server of a pool again and again: how far it is, and whether one that was ejected may be tried.</summary>
internal static class KeyServerProbe
{
    private static readonly byte[] Payload = "latchkey"u8.ToArray();

    /// <summary>Ends with the connection.</summary>
    /// <param name="probed">Called each time.</param>
    public static async Task RunAsync(KeyServerConnection connection, ServerStanding standing, Action probed, KeyServerClientOptions options, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Balancing.ProbeInterval, options.TimeProvider);
        try
        {
            do
            {
                await PingAsync(connection, standing, options, cancellationToken);
                probed();
            }
            while (options.OnDemandIdle is null && await timer.WaitForNextTickAsync(cancellationToken)); // pings keep nothing open that nobody needs
        }
        catch (Exception e) when (e is KeyServerException or OperationCanceledException)
        {
            // The connection has ended, or is being ended.
        }
    }

    private static async Task PingAsync(KeyServerConnection connection, ServerStanding standing, KeyServerClientOptions options, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        try
        {
            await connection.PingAsync(Payload, options.RequestTimeout, cancellationToken).WholeAsync(cancellationToken);
            standing.AnsweredPing(options.TimeProvider.GetElapsedTime(started));
        }
        catch (KeyServerException e) when (e.Failure == KeyServerFailure.TimedOut)
        {
            standing.Failed(e.Message);
        }
    }
}
