using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Latchkey.CommandLine;

/// <summary>What <c>edge</c> and <c>keyserver</c> have in common.</summary>
internal sealed class RoleOptions(string defaultFile)
{
    public Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = $"The JSON configuration. Default: {defaultFile} in the working directory.",
        HelpName = "file",
    };

    public Argument<string?> File { get; } = new("file")
    {
        Description = "The JSON configuration, as --config names it.",
        Arity = ArgumentArity.ZeroOrOne,
        // A misspelt option is not a file.
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var token] && token.Value.StartsWith('-'))
                    result.AddError($"Unrecognized command or argument '{token.Value}'.");
            },
        },
    };

    public Option<string[]> Set { get; } = new("--set")
    {
        Description = "Sets one value over file and environment, as in sites:0:custody=premaster. May be repeated.",
        HelpName = "name=value",
        DefaultValueFactory = _ => [],
    };

    public Option<LogLevel> LogLevel { get; } = CreateLogLevel();

    public Option<bool> StopAtEndOfInput { get; } = new("--stop-at-end-of-input")
    {
        Description = "Stop, as after SIGTERM, when standard input ends: for a program that starts this one and should not leave it behind.",
    };

    /// <summary>Where the configuration is.</summary>
    public string FileOf(ParseResult parsed) => parsed.GetValue(Config) ?? parsed.GetValue(File) ?? defaultFile;

    public void AddTo(Command command)
    {
        command.Add(File);
        command.Add(Config);
        command.Add(Set);
        command.Add(LogLevel);
        command.Add(StopAtEndOfInput);
    }

    public static Option<LogLevel> CreateLogLevel() => new("--log-level")
    {
        Description = "How much to log on standard error: trace, debug, information, warning, error.",
        HelpName = "level",
        DefaultValueFactory = _ => Microsoft.Extensions.Logging.LogLevel.Information,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (!int.TryParse(text, out _) && Enum.TryParse<LogLevel>(text is "info" ? "information" : text is "warn" ? "warning" : text, ignoreCase: true, out var level))
                return level;
            result.AddError($"--log-level: unknown \"{text}\", expected one of trace, debug, information, warning, error");
            return default;
        },
    };
}
