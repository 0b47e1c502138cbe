using System.Net;
using System.Net.Sockets;

namespace Latchkey.Client.Links;

/// <summary>Who is at the other end of a socket, asked in a way that does not fail.</summary>
internal static class SocketPeer
{
    /// <summary>null where the peer has left already.</summary>
    public static IPEndPoint? PeerOrNull(this Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint as IPEndPoint;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
