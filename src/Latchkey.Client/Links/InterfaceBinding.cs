using System.Net.Sockets;
using System.Text;

namespace Latchkey.Client.Links;

/// <summary>Ties a socket to one network interface (catalogue L4): nothing goes out or comes in but through it, whatever the routes say. Linux only.</summary>
internal static class InterfaceBinding
{
    // socket(7): SOL_SOCKET and SO_BINDTODEVICE, the same on every architecture that .NET runs on.
    private const int SocketLevel = 1;
    private const int BindToDevice = 25;

    /// <param name="name">As <c>ip link</c> shows it: <c>wg0</c>. null: not tied.</param>
    /// <exception cref="SocketException">There is no such interface now; or this process may not.</exception>
    public static void TieTo(this Socket socket, string? name)
    {
        if (name is not null)
            socket.SetRawSocketOption(SocketLevel, BindToDevice, Encoding.ASCII.GetBytes(name + '\0'));
    }
}
