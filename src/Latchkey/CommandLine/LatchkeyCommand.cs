using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Latchkey.Configuration;
using Latchkey.Splitting;

namespace Latchkey.CommandLine;

/// <summary>The program's door: parses the command line, runs one command, turns what went wrong into one line and an exit code.</summary>
internal static class LatchkeyCommand
{
    /// <param name="args">Without the program's name.</param>
    /// <param name="output">Standard output: results.</param>
    /// <param name="error">Standard error: what went wrong.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            // An unknown option's value is unknown too; the option is what to tell of.
            var first = parsed.Errors.FirstOrDefault(one => one.Message.Contains("'-", StringComparison.Ordinal)) ?? parsed.Errors[0];
            await error.WriteLineAsync($"latchkey: {OneLine(first.Message)} ({FullName(parsed.CommandResult)} --help shows what there is)");
            return ExitCode.BadConfiguration;
        }
        try
        {
            // Signals are the roles' business (drain, reload), not the parser's.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (ConfigurationException e)
        {
            await error.WriteLineAsync($"latchkey: {OneLine(e.Message)}");
            return ExitCode.BadConfiguration;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyPartException or Latchkey.KeyStores.KeyStoreException or System.Net.Sockets.SocketException or OperationCanceledException)
        {
            await error.WriteLineAsync($"latchkey: {OneLine(e.Message)}");
            return ExitCode.Failure;
        }
    }

    private static RootCommand Create()
    {
        var root = new RootCommand("TLS served by machines that do not hold the private key.")
        {
            EdgeCommand.Create(),
            KeyServerCommand.Create(),
            CheckCommand.Create(),
            SplitCommand.Create(),
            JoinCommand.Create(),
            AuditCommand.Create(),
            TicketsCommand.Create(),
            DemoCommand.Create(),
            TraceCommand.Create(),
            OriginCommand.Create(),
            BenchCommand.Create(),
            VersionCommand.Create(),
        };
        // Help under each command ends with examples and exit codes; --version is also a command, with more to say.
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExamples();
        root.SetAction(parsed => new HelpWithExamples().Invoke(parsed));
        return root;
    }

    private static string FullName(SymbolResult result) => result.Parent is CommandResult parent
        ? $"{FullName(parent)} {((CommandResult)result).Command.Name}"
        : "latchkey";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
