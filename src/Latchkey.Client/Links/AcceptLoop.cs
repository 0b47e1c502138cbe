using System.Net.Sockets;

namespace Latchkey.Client.Links;

/// <summary>Accepts until it is told to stop; what fails in between costs a pause, not the listener.</summary>
internal static class AcceptLoop
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="socket">Listens; whoever stops this disposes it.</param>
    /// <param name="welcome">Owns the connection from then on; must not wait, and not throw.</param>
    /// <param name="failed">Told of each failure.</param>
    public static async Task RunAsync(Socket socket, Action<Socket> welcome, Action<SocketException> failed, TimeProvider time, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                welcome(await socket.AcceptAsync(stopping));
            }
            catch (Exception e) when (stopping.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or a peer that left before it was accepted: the next may fare better.
                failed(e);
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }
    }
}
