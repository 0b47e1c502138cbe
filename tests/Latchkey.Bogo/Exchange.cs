using System.Buffers;
using System.IO.Pipelines;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;

namespace Latchkey.Bogo;

/// <summary>What the runner expects of a shim over an established connection: every byte back, with all its bits turned.</summary>
internal static class Exchange
{
    private static readonly byte[] FirstWords = "hello"u8.ToArray();

    public static async Task RunAsync(StreamTransport transport, ShimFlags flags, RunnerSessions sessions, bool wouldResume)
    {
        var site = new RunnerSite(flags, sessions);
        var options = new TlsServerOptions { Sites = site, TimeProvider = sessions.Clock, EarlyDataGuard = sessions.EarlyDataGuard };
        await using var connection = await TlsServerConnection.AcceptAsync(transport, options, TlsEndPoints.None, CancellationToken.None);
        flags.Expected.Check(site, connection, wouldResume, sessions);
        if (flags.Exported.IsAskedFor)
            await connection.Application.Output.WriteAsync(flags.Exported.Derive(connection.Info, site.Hello!, transport.ServerRandom, sessions.LastSecret!));
        if (flags.WritesFirst)
            await connection.Application.Output.WriteAsync(FirstWords);
        if (flags.ShutsDown)
            await connection.Application.Output.CompleteAsync();
        else
            await EchoAsync(connection.Application);
        if (flags.ChecksCloseNotify)
            await TakeLeaveAsync(connection.Application, flags);
    }

    private static async Task EchoAsync(IDuplexPipe application)
    {
        while (await ReadAsync(application.Input) is { Count: > 0 } content)
        {
            foreach (ref var value in content.AsSpan())
                value ^= 0xff;
            if ((await application.Output.WriteAsync(content)).IsCompleted)
                // The engine has sent an alert for what followed; the next read says which.
                continue;
        }
    }

    /// <summary>close_notify both ways, and an error where the peer's does not come.</summary>
    private static async Task TakeLeaveAsync(IDuplexPipe application, ShimFlags flags)
    {
        await application.Output.CompleteAsync();
        while (true)
        {
            var read = await application.Input.ReadAsync();
            var isEmpty = read.Buffer.IsEmpty;
            application.Input.AdvanceTo(read.Buffer.End);
            if (!isEmpty && flags.ShutsDown)
                throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "Application data where close_notify was expected.");
            if (read.IsCompleted)
                return;
        }
    }

    /// <returns>Empty at the end, be it clean or not: the runner asks for the difference by <c>-check-close-notify</c>.</returns>
    private static async Task<ArraySegment<byte>> ReadAsync(PipeReader input)
    {
        try
        {
            var read = await input.ReadAsync();
            var content = read.Buffer.ToArray();
            input.AdvanceTo(read.Buffer.End);
            return content;
        }
        catch (PeerClosedException closed) when (closed.Received is null)
        {
            return ArraySegment<byte>.Empty;
        }
    }
}
