using System.CommandLine;
using Latchkey.Configuration;
using Latchkey.Logging;
using Latchkey.TicketExport;
using Microsoft.Extensions.Logging;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey tickets</c>.</summary>
internal static class TicketsCommand
{
    public static Command Create() => new("tickets", "Gives a fleet's ticket keys to TLS servers of others.") { CreateExport() };

    private static Command CreateExport()
    {
        var config = new Option<string>("--config", "-c") { Description = "An edge's JSON configuration: its key servers give the keys.", HelpName = "file", DefaultValueFactory = _ => "edge.json" };
        var set = new RoleOptions("").Set;
        var site = new Option<string>("--site") { Description = "A name of one of its sites.", HelpName = "name", Required = true };
        var format = new Option<string>("--format") { Description = "Who is to read the keys.", Required = true };
        format.AcceptOnlyFromAmong([.. TicketKeyFormat.All.Select(one => one.Name)]);
        var to = new Option<string>("--to")
        {
            Description = "Folder (nginx) or file (haproxy) in memory (tmpfs, ramfs), a named pipe, or - for standard output.",
            HelpName = "place",
            Required = true,
        };
        var pidFile = new Option<string[]>("--pid-file") { Description = "nginx that is told by SIGHUP to read the keys. May be repeated, like the next two.", HelpName = "file", DefaultValueFactory = _ => [] };
        var socket = new Option<string[]>("--socket") { Description = "Admin socket of an HAProxy that is given the keys while it runs.", HelpName = "path", DefaultValueFactory = _ => [] };
        var run = new Option<string[]>("--run") { Description = "Command that tells any other server, run by /bin/sh when the keys have changed.", HelpName = "command", DefaultValueFactory = _ => [] };
        var once = new Option<bool>("--once") { Description = "Write the keys there are now, and end: whoever calls has to come again before they are outlived." };
        var allowDisk = new Option<bool>("--allow-disk") { Description = "Write to persistent storage too, where keys can be found long after their time." };
        var logLevel = RoleOptions.CreateLogLevel();
        var command = new Command("export", "Writes a site's ticket keys where nginx or HAProxy reads them, and goes on doing so whenever they change.") { config, set, site, format, to, pidFile, socket, run, once, allowDisk, logLevel };
        command.Validators.Add(result =>
        {
            if (result.GetValue(pidFile) is { Length: > 0 } && result.GetValue(format) != "nginx")
                result.AddError("--pid-file stands beside another format (expected --format nginx, or --run)");
            if (result.GetValue(socket) is { Length: > 0 } && (result.GetValue(format) != "haproxy" || result.GetValue(to) == "-"))
                result.AddError("--socket stands beside another format, or without a file (expected --format haproxy, and --to the file behind tls-ticket-keys)");
        });
        command.SetAction(async (parsed, _) =>
        {
            var edge = EdgeConfigReader.Load(parsed.GetRequiredValue(config), parsed.GetRequiredValue(set));
            var kind = TicketKeyFormat.All.First(one => one.Name == parsed.GetRequiredValue(format));
            var target = TicketKeyTarget.Open(parsed.GetRequiredValue(to), kind, parsed.GetValue(allowDisk));
            IReadOnlyList<ToldServer> servers =
            [
                .. parsed.GetRequiredValue(pidFile).Select(file => new NginxProcess(Path.GetFullPath(file))),
                .. parsed.GetRequiredValue(socket).Select(path => new HAProxySocket(Path.GetFullPath(path), target.Place, kind)),
                .. parsed.GetRequiredValue(run).Select(text => new ShellCommand(text)),
            ];
            using var loggers = ConsoleLog.Create(parsed.GetRequiredValue(logLevel));
            await using var keys = new FleetKeys(edge, parsed.GetRequiredValue(site), loggers);
            using var export = new TicketKeyExport(keys.InUse, keys.NextChange, kind, target, servers, TimeProvider.System, loggers.CreateLogger<TicketKeyExport>());
            // Standard output has the keys, where it is the target.
            var console = target is StandardOutputKeys ? parsed.InvocationConfiguration.Error : parsed.InvocationConfiguration.Output;
            return await RunAsync(export, parsed.GetValue(once), () => console.WriteLine($"ready tickets {target.Place}"));
        });
        return command;
    }

    private static async Task<int> RunAsync(TicketKeyExport export, bool once, Action ready)
    {
        using var signals = new Roles.Signals();
        using var stopping = new CancellationTokenSource();
        _ = signals.Stop.ContinueWith(_ => stopping.Cancel(), TaskScheduler.Default);
        try
        {
            if (once)
            {
                await export.RunOnceAsync(stopping.Token);
                return ExitCode.Success;
            }
            // Whichever fails ends the program.
            await await Task.WhenAny(export.RunAsync(ready, stopping.Token), TellAgainAsync(export, signals, stopping.Token));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        return once ? ExitCode.Failure : ExitCode.Success;
    }

    private static async Task TellAgainAsync(TicketKeyExport export, Roles.Signals signals, CancellationToken cancellationToken)
    {
        while (true)
        {
            await signals.ReloadAsync(cancellationToken);
            export.TellAgain();
        }
    }
}
