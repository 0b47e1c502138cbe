using System.Net;
using System.Net.Sockets;

namespace Latchkey.Demo;

/// <summary>Who listens where: the usual ports where they are free, else any that are.</summary>
internal sealed record DemoPorts(int Edge, int EdgeAdmin, int KeyServer, int KeyServerAdmin, int Origin)
{
    public static DemoPorts Choose() => new(Free(8443), Free(9443), Free(2407), Free(9407), Free(8080));

    private static int Free(int wanted)
    {
        try
        {
            return Probe(wanted);
        }
        catch (SocketException)
        {
            return Probe(0);
        }
    }

    private static int Probe(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
