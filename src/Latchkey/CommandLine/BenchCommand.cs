using System.CommandLine;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey bench</c>.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "An edge's JSON configuration; its key servers are measured.",
            HelpName = "file",
            DefaultValueFactory = _ => "edge.json",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long each measurement lasts.",
            HelpName = "n",
            DefaultValueFactory = _ => 5,
        };
        var command = new Command("bench", "Measures key servers: operations per second and latency at 1, 16 and 64 at once.") { config, seconds };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Error.WriteLine("latchkey: bench is not built yet");
            return ExitCode.Failure;
        });
        return command;
    }
}
