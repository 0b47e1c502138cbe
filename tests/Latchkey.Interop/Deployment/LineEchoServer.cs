using System.Net;
using System.Net.Sockets;

namespace Latchkey.Interop.Deployment;

/// <summary>
/// A TCP service that is not HTTP: each line comes back, and after the client's half-close one last line tells how many
/// there were. That line arrives only where half-close is carried over (D6).
/// </summary>
public sealed class LineEchoServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public LineEchoServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
    }

    private static async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            using var reader = new StreamReader(client.GetStream());
            await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true, NewLine = "\n" };
            var lines = 0;
            while (await reader.ReadLineAsync() is { } line)
            {
                lines++;
                await writer.WriteLineAsync($"echo {line}");
            }

            await writer.WriteLineAsync($"{lines} lines, goodbye");
        }
    }
}
