using System.CommandLine;
using System.Net;
using Latchkey.Tracing;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey trace</c>.</summary>
internal static class TraceCommand
{
    public static Command Create()
    {
        var admin = new Option<IPEndPoint>("--admin")
        {
            Description = "The edge's admin endpoint.",
            HelpName = "address:port",
            DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 9443),
            CustomParser = result =>
            {
                if (IPEndPoint.TryParse(result.Tokens[0].Value, out var endPoint) && endPoint.Port != 0)
                    return endPoint;
                result.AddError($"--admin: '{result.Tokens[0].Value}' is no address with a port (expected one as in 127.0.0.1:9443)");
                return null;
            },
        };
        var serverName = new Option<string?>("--server-name") { Description = "Only handshakes for this name.", HelpName = "name" };
        var count = new Option<int>("--count") { Description = "End after so many; 0 goes on until Ctrl-C.", DefaultValueFactory = _ => 0 };
        var command = new Command("trace", "Draws the handshakes of a running edge as they happen, message by message.") { admin, serverName, count };
        command.SetAction((parsed, cancellationToken) =>
            TraceAsync(parsed.GetRequiredValue(admin), parsed.GetValue(serverName), parsed.GetValue(count), parsed.InvocationConfiguration.Output, cancellationToken));
        return command;
    }

    private static async Task<int> TraceAsync(IPEndPoint admin, string? serverName, int count, TextWriter output, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{admin}"), Timeout = Timeout.InfiniteTimeSpan };
        var drawn = 0;
        try
        {
            await foreach (var trace in EventReader.ReadAsync(client, () => output.WriteLine($"Watching the edge at {admin}; Ctrl-C ends."), cancellationToken))
            {
                if (serverName is not null && !serverName.Equals(trace.ServerName, StringComparison.OrdinalIgnoreCase))
                    continue;
                output.WriteLine();
                foreach (var line in HandshakeSequence.Draw(trace))
                    output.WriteLine(line);
                if (++drawn == count)
                    return ExitCode.Success;
            }
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"no edge's admin endpoint at {admin}: {e.Message} (the edge's configuration names it as \"admin\")", e);
        }
        throw new IOException($"the edge at {admin} has ended");
    }
}
