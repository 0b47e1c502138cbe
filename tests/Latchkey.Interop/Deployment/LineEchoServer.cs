using System.Net.Sockets;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>
/// A TCP service that is not HTTP: each line comes back, and after the client's half-close one last line tells how many
/// there were. That line arrives only where half-close is carried over (D6).
/// </summary>
public sealed class LineEchoServer : IAsyncDisposable
{
    private readonly LoopbackListener _listener = new(ServeAsync);

    public int Port => _listener.Port;

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private static async Task ServeAsync(Socket client, CancellationToken stopping)
    {
        await using var stream = new NetworkStream(client);
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
        var lines = 0;
        while (await reader.ReadLineAsync(stopping) is { } line)
        {
            lines++;
            await writer.WriteLineAsync($"echo {line}");
        }

        await writer.WriteLineAsync($"{lines} lines, goodbye");
    }
}
