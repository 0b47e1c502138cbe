using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Bogo;

/// <summary>One connection to the runner, which is the client on it, from the greeting to the last byte.</summary>
internal static class RunnerConnection
{
    public static async Task RunAsync(ShimCommand command, ShimFlags flags, RunnerSessions sessions, bool wouldResume)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(command.IsIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, command.Port);
        var greeting = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(greeting, command.ShimId);
        await socket.SendAsync(greeting);
        using var stream = new ServerHelloWatch(socket);
        try
        {
            await Exchange.RunAsync(new StreamTransport(stream), flags, sessions, wouldResume);
        }
        finally
        {
            await CloseAsync(socket);
        }
    }

    /// <summary>A socket closed with unread bytes is reset, and the alert in it lost: reads to the end first.</summary>
    private static async Task CloseAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var rest = new byte[4096];
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(rest, patience.Token) > 0)
                continue;
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException)
        {
            // The runner has closed, or waits for the shim's process to end.
        }
    }
}
