using System.CommandLine;
using Latchkey.Configuration;
using Latchkey.Logging;
using Latchkey.Roles;
using Latchkey.Tracing;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey keyserver</c>.</summary>
internal static class KeyServerCommand
{
    public static Command Create()
    {
        var options = new RoleOptions("keyserver.json");
        var command = new Command("keyserver", "Holds private keys and answers the edges that are let in.");
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            KeyServerConfig Load() => KeyServerConfigReader.Load(options.FileOf(parsed), parsed.GetRequiredValue(options.Set));
            var config = Load();
            using var loggers = ConsoleLog.Create(parsed.GetRequiredValue(options.LogLevel));
            return await new RoleRunner(parsed.InvocationConfiguration.Output, loggers, parsed.GetValue(options.StopAtEndOfInput))
                .RunAsync(new KeyServerRole(config, Load, loggers), config.Admin, new HandshakeTraces(), config.Drain, config.Warnings);
        });
        return command;
    }
}
