using System.CommandLine;
using Latchkey.Configuration;
using Latchkey.Logging;
using Latchkey.Roles;
using Latchkey.Tracing;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey edge</c>.</summary>
internal static class EdgeCommand
{
    public static Command Create()
    {
        var options = new RoleOptions("edge.json");
        var command = new Command("edge", "Serves sites over TLS with private keys that stay at a key server.");
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            EdgeConfig Load() => EdgeConfigReader.Load(options.FileOf(parsed), parsed.GetRequiredValue(options.Set));
            var config = Load();
            using var loggers = ConsoleLog.Create(parsed.GetRequiredValue(options.LogLevel));
            var traces = new HandshakeTraces();
            return await new RoleRunner(parsed.InvocationConfiguration.Output, loggers, parsed.GetValue(options.StopAtEndOfInput))
                .RunAsync(new EdgeRole(config, Load, traces, loggers), config.Admin, traces, config.Drain, config.Warnings);
        });
        return command;
    }
}
