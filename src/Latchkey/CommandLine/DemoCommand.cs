using System.CommandLine;
using Latchkey.Demo;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Fetch the page once, print the handshake as a sequence of messages, and end." };
        var command = new Command("demo", "Serves a page through an edge that has no private key, with everything made up on the spot.") { once };
        command.SetAction(async (parsed, _) =>
        {
            await using var demonstration = new Demonstration(parsed.InvocationConfiguration.Output);
            return parsed.GetValue(once) ? await demonstration.RunOnceAsync() : await demonstration.RunAsync();
        });
        return command;
    }
}
