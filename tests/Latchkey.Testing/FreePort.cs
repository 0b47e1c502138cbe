using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>
/// A loopback TCP port nobody listened on a moment ago; never the same one twice, in this process or another that uses this class at the
/// same time. It lies below the range of which the system gives port 0 and outgoing connections their ports: those took a port between its
/// choice here and its use.
/// </summary>
public static class FreePort
{
    // Linux: net.ipv4.ip_local_port_range begins at 32,768.
    private const int Lowest = 12_000;
    private const int Highest = 32_000;

    // Who has the UDP port of the same number has the choice of this one; the system lets go of it with the process, however it ends.
    private static readonly ConcurrentDictionary<int, Socket> Claims = new();

    // Test projects run side by side; each begins elsewhere.
    private static int s_last = Random.Shared.Next(Lowest, Highest);

    public static int Next() => Next(1);

    /// <summary>The first of so many in a row.</summary>
    public static int Next(int count)
    {
        while (true)
        {
            var first = Lowest + (int)((uint)Interlocked.Add(ref s_last, count) % (Highest - Lowest));
            if (Enumerable.Range(first, count).All(TryTake))
                return first;
        }
    }

    private static bool TryTake(int port) => TryClaim(port) && IsFree(port);

    private static bool TryClaim(int port)
    {
        var claim = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ExclusiveAddressUse = true };
        try
        {
            claim.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return Claims.TryAdd(port, claim);
        }
        catch (SocketException)
        {
            claim.Dispose();
            return false;
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
