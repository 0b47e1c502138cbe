using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Latchkey.Bogo;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;

const int passed = 0, failed = 1, unimplemented = 89;
try
{
    var flags = ShimFlags.Parse(args);
    if (flags.AsksForHandshaker)
    {
        Console.WriteLine("No");
        return passed;
    }

    var site = new RunnerSite(flags);
    using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    await socket.ConnectAsync(flags.IsIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, flags.Port);
    var greeting = new byte[sizeof(ulong)];
    BinaryPrimitives.WriteUInt64LittleEndian(greeting, flags.ShimId);
    await socket.SendAsync(greeting);
    using var stream = new NetworkStream(socket, ownsSocket: false);
    try
    {
        await Exchange.RunAsync(new StreamTransport(stream), flags, site);
        return passed;
    }
    finally
    {
        // A socket closed with unread bytes is reset, and the alert in it lost: read to the end first.
        socket.Shutdown(SocketShutdown.Send);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var rest = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(rest, patience.Token) > 0)
                continue;
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException)
        {
        }
    }
}
catch (UnimplementedException what)
{
    await Console.Error.WriteLineAsync($"Unimplemented: {what.Message}");
    return unimplemented;
}
catch (PeerClosedException closed) when (closed.Received is { } alert)
{
    await Console.Error.WriteLineAsync($"PeerClosed received {alert}: {closed.Message}");
    return failed;
}
catch (TlsException fault)
{
    await Console.Error.WriteLineAsync($"{fault.GetType().Name.Replace("Exception", "", StringComparison.Ordinal)} {fault.Alert}: {fault.Message}");
    return failed;
}
catch (Exception fault)
{
    await Console.Error.WriteLineAsync($"Broken: {fault}");
    return failed;
}
