using System.Net;
using System.Net.Sockets;
using Latchkey.Testing;

namespace Latchkey.Interop.Misbehaviour;

/// <summary>The ClientHello record of a real client, to be sent cut, split and spoilt.</summary>
internal static class RecordedHello
{
    public static async Task<byte[]> OfOpenSslAsync(string host, string version)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("openssl"), ["s_client", "-connect", listener.LocalEndpoint.ToString()!, "-servername", host, version]);
        using var accepted = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = accepted.GetStream();
        var header = new byte[5];
        await stream.ReadExactlyAsync(header, TestContext.Current.CancellationToken);
        var body = new byte[(header[3] << 8) | header[4]];
        await stream.ReadExactlyAsync(body, TestContext.Current.CancellationToken);
        return [.. header, .. body];
    }
}
