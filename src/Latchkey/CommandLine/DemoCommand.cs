using System.CommandLine;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Fetch the page once, print the handshake as a sequence of messages, and end." };
        var command = new Command("demo", "Serves a page through an edge that has no private key, with everything made up on the spot.") { once };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Error.WriteLine("latchkey: demo is not built yet");
            return ExitCode.Failure;
        });
        return command;
    }
}
