using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>A loopback TCP port nobody listened on a moment ago; never the same one twice in a process.</summary>
public static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            if (Given.TryAdd(port, true))
            {
                return port;
            }
        }
    }
}
