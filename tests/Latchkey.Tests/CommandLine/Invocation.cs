using Latchkey.CommandLine;

namespace Latchkey.Tests.CommandLine;

/// <summary>Runs the program's entry point in this process.</summary>
internal sealed record Invocation(int ExitCode, string Output, string Error)
{
    public static async Task<Invocation> RunAsync(params IReadOnlyList<string> args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var exitCode = await LatchkeyCommand.RunAsync(args, output, error);
        return new Invocation(exitCode, output.ToString(), error.ToString());
    }
}
