using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>
/// A loopback TCP port nobody listened on a moment ago; never the same one twice in a process. It lies below the range of which the
/// system gives port 0 and outgoing connections their ports: those took a port between its choice here and its use.
/// </summary>
public static class FreePort
{
    // Linux: net.ipv4.ip_local_port_range begins at 32,768.
    private const int Lowest = 12_000;
    private const int Highest = 32_000;

    // Test projects run side by side; each begins elsewhere.
    private static int s_last = Random.Shared.Next(Lowest, Highest);

    public static int Next()
    {
        while (true)
        {
            var port = Lowest + (int)((uint)Interlocked.Increment(ref s_last) % (Highest - Lowest));
            if (IsFree(port))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
