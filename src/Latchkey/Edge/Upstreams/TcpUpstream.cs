using System.IO.Pipelines;
using System.Net.Sockets;
using Latchkey.Client.Links;
using Latchkey.Configuration;
using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge.Upstreams;

/// <summary>
/// Any TCP protocol (D6): plaintext is passed both ways as it comes. close_notify becomes FIN and FIN becomes close_notify, each
/// direction by itself; a client that was cut off is not mistaken for one that has finished: the upstream sees a reset.
/// </summary>
internal sealed partial class TcpUpstream(string site, UpstreamConfig.Tcp config, EdgeMetrics metrics, ILogger<TcpUpstream> logger) : Upstream
{
    private const int ReceiveSize = 16 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly LogThrottle _failures = new(TimeProvider.System, TimeSpan.FromSeconds(1));

    /// <summary>Which protocol it is, the edge does not know; a client that insists on ALPN goes on without.</summary>
    public override IReadOnlyList<string> ApplicationProtocols => [];

    public override async Task ServeConnectionAsync(ConnectionContext connection, ConnectionDelegate http)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (!await TryConnectAsync(socket, connection.ConnectionClosed))
            return;
        metrics.RelayOpened(site);
        try
        {
            var up = FromClientAsync(connection.Transport.Input, socket);
            var down = ToClientAsync(socket, connection.Transport);
            await Task.WhenAll(up, down);
        }
        finally
        {
            metrics.RelayClosed(site);
        }
    }

    /// <summary>Only a site whose upstream a reload changed has HTTP connections that end here.</summary>
    public override Task ServeRequestAsync(HttpContext context) =>
        StatusPage.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "This site does not speak HTTP any more. Please connect again.");

    private async Task<bool> TryConnectAsync(Socket socket, CancellationToken closed)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(closed);
        patience.CancelAfter(ConnectTimeout);
        try
        {
            await socket.ConnectAsync(config.Host, config.Port, patience.Token);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            if (closed.IsCancellationRequested)
                return false;
            metrics.UpstreamFailed(site, "connect");
            var reason = fault is SocketException ? fault.Message : $"no answer within {ConnectTimeout.TotalSeconds} s";
            if (_failures.Allows(out var suppressed))
                LogConnectFailed(site, config, reason, suppressed);
            return false;
        }
    }

    private async Task FromClientAsync(PipeReader client, Socket upstream)
    {
        try
        {
            while (true)
            {
                var read = await client.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    for (var rest = segment; rest.Length > 0;)
                        rest = rest[await upstream.SendAsync(rest, SocketFlags.None)..];
                }

                metrics.Relayed(site, "up", read.Buffer.Length);
                client.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                    break;
            }

            upstream.Shutdown(SocketShutdown.Send);
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            LogRelayBroken(site, "from the client", fault.Message);
            Reset(upstream);
        }
    }

    private async Task ToClientAsync(Socket upstream, IDuplexPipe connection)
    {
        var client = connection.Output;
        try
        {
            while (await upstream.ReceiveAsync(client.GetMemory(ReceiveSize), SocketFlags.None) is var received and > 0)
            {
                client.Advance(received);
                metrics.Relayed(site, "down", received);
                // The client reads no more: let the upstream know, or it would go on sending.
                if ((await client.FlushAsync()).IsCompleted)
                {
                    Reset(upstream);
                    return;
                }
            }

            await client.CompleteAsync();
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            LogRelayBroken(site, "from the upstream", fault.Message);
            // Without close_notify: what the client has is not all there was.
            await client.CompleteAsync(fault);
            Reset(upstream);
            // And nobody waits for what the client may still say.
            connection.Input.CancelPendingRead();
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Closed already, which is what is wanted.
        }

        socket.Dispose();
    }

    [LoggerMessage(5102, LogLevel.Warning, "Site {Site}: cannot connect to upstream {Upstream}: {Reason} ({Suppressed} more since the last such line)")]
    private partial void LogConnectFailed(string site, UpstreamConfig.Tcp upstream, string reason, int suppressed);

    [LoggerMessage(5103, LogLevel.Debug, "Site {Site}: relay broken {Direction}: {Reason}")]
    private partial void LogRelayBroken(string site, string direction, string reason);
}
