using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Latchkey.Testing;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>A listener on a free loopback port that serves every connection by a function over the decrypted pipe.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly TlsServerOptions _options;
    private readonly Func<TlsServerConnection, Task> _serve;

    public LoopbackServer(TlsServerOptions options, Func<IDuplexPipe, Task> serve)
        : this(options, connection => serve(connection.Application))
    {
    }

    public LoopbackServer(TlsServerOptions options, Func<TlsServerConnection, Task> serve)
    {
        _options = options;
        _serve = serve;
        _listener = new LoopbackListener(ServeAsync);
    }

    public int Port => _listener.Port;

    /// <summary>What ended handshakes, in order.</summary>
    public List<Exception> Failures { get; } = [];

    /// <summary>Answers every HTTP request, as far as a test needs, with its own first line.</summary>
    public static async Task AnswerHttpAsync(IDuplexPipe application)
    {
        while (true)
        {
            var read = await application.Input.ReadAsync();
            var text = Encoding.ASCII.GetString(read.Buffer.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
            {
                application.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted)
                    return;
                continue;
            }

            application.Input.AdvanceTo(read.Buffer.GetPosition(end + 4));
            var body = text[..text.IndexOf("\r\n", StringComparison.Ordinal)];
            application.Output.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length + 1}\r\n\r\n{body}\n"));
            await application.Output.FlushAsync();
        }
    }

    /// <summary>Answers one request with its own first line and ends the connection, so that s_client ends too.</summary>
    public static async Task AnswerOnceAsync(IDuplexPipe application)
    {
        while (true)
        {
            var read = await application.Input.ReadAsync();
            var text = Encoding.ASCII.GetString(read.Buffer.ToArray());
            application.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (text.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                application.Output.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{text.Split('\r')[0]}\n"));
                await application.Output.FlushAsync();
            }

            if (read.IsCompleted || text.Contains("\r\n\r\n", StringComparison.Ordinal))
                return;
        }
    }

    /// <summary>Sends back what comes, and ends when the client ends.</summary>
    public static async Task EchoAsync(IDuplexPipe application)
    {
        while (true)
        {
            var read = await application.Input.ReadAsync();
            foreach (var memory in read.Buffer)
                application.Output.Write(memory.Span);
            application.Input.AdvanceTo(read.Buffer.End);
            await application.Output.FlushAsync();
            if (read.IsCompleted)
                return;
        }
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        socket.NoDelay = true;
        try
        {
            var transport = PipeTransport.Over(socket);
            await using var connection = await TlsServerConnection.AcceptAsync(transport, _options, TlsEndPoints.None, stopping);
            await _serve(connection);
        }
        catch (Exception failure)
        {
            lock (Failures)
                Failures.Add(failure);
        }
        finally
        {
            // Lets the alert out before the socket goes.
            try
            {
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
            }
        }
    }
}
