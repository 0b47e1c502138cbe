using System.CommandLine;
using Latchkey.Configuration;
using Latchkey.Demo;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Fetch the page once, print the handshake as a sequence of messages, and end." };
        var custody = new Option<string?>("--custody") { Description = "What the edge may hold of a handshake; with --once, more handshakes are shown." };
        custody.AcceptOnlyFromAmong([.. CustodyNames.Remote]);
        var command = new Command("demo", "Serves a page through an edge that has no private key, with everything made up on the spot.") { once, custody };
        command.SetAction(async (parsed, _) =>
        {
            await using var demonstration = new Demonstration(parsed.InvocationConfiguration.Output, parsed.GetValue(custody));
            return parsed.GetValue(once) ? await demonstration.RunOnceAsync() : await demonstration.RunAsync();
        });
        return command;
    }
}
