using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Bench.Load;

/// <summary>
/// Full handshakes by OpenSSL's client, three at once, each ended by close_notify both ways. <c>openssl s_time</c> is not used: it resets every
/// connection right after its Finished, which a .NET server sees as a failed handshake and pays for with exceptions.
/// </summary>
internal static class Handshakes
{
    private const int Clients = 3;

    /// <summary>How many handshakes succeeded in the given time.</summary>
    /// <param name="version"><c>0x0303</c> or <c>0x0304</c>.</param>
    public static async Task<int> RunAsync(int port, int version, int seconds)
    {
        using var context = new LibSsl.Context(version);
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ =>
            Task.Factory.StartNew(() => Loop(context, port, TimeSpan.FromSeconds(seconds)), TaskCreationOptions.LongRunning)));
        return counts.Sum();
    }

    private static int Loop(LibSsl.Context context, int port, TimeSpan time)
    {
        var count = 0;
        var buffer = new byte[4096];
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < time; count++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            context.ShakeHands(socket);
            while (socket.Receive(buffer) > 0)
            {
                // the server's close_notify, then its end
            }
        }
        return count;
    }
}
