using System.CommandLine;
using System.Net;
using Latchkey.Demo;
using Latchkey.Logging;
using Latchkey.Roles;
using Latchkey.Tracing;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey origin</c>, which only <c>latchkey demo</c> starts.</summary>
internal static class OriginCommand
{
    public static Command Create()
    {
        var listen = new Option<string>("--listen") { Required = true };
        var folder = new Option<string>("--folder") { Required = true };
        var edgeAdmin = new Option<string>("--edge-admin") { Required = true };
        var options = new RoleOptions("");
        var command = new Command("origin", "The demonstration's web server.") { listen, folder, edgeAdmin, options.LogLevel, options.StopAtEndOfInput };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            using var loggers = ConsoleLog.Create(parsed.GetRequiredValue(options.LogLevel));
            var role = new OriginRole(IPEndPoint.Parse(parsed.GetRequiredValue(listen)), Path.GetFullPath(parsed.GetRequiredValue(folder)), new Uri(parsed.GetRequiredValue(edgeAdmin)), loggers);
            return await new RoleRunner(parsed.InvocationConfiguration.Output, loggers, parsed.GetValue(options.StopAtEndOfInput))
                .RunAsync(role, null, new HandshakeTraces(), TimeSpan.FromSeconds(2), []);
        });
        return command;
    }
}
