using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>A listener on a free loopback port that serves every connection by a function over the decrypted pipe.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TlsServerOptions _options;
    private readonly Func<TlsServerConnection, Task> _serve;
    private readonly Task _accepting;

    public LoopbackServer(TlsServerOptions options, Func<IDuplexPipe, Task> serve)
        : this(options, connection => serve(connection.Application))
    {
    }

    public LoopbackServer(TlsServerOptions options, Func<TlsServerConnection, Task> serve)
    {
        _options = options;
        _serve = serve;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

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

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync(_stopping.Token));
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        socket.NoDelay = true;
        try
        {
            var transport = PipeTransport.Over(socket);
            await using var connection = await TlsServerConnection.AcceptAsync(transport, _options, TlsEndPoints.None, _stopping.Token);
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
