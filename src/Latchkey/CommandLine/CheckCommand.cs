using System.CommandLine;
using System.Net;
using Latchkey.Checking;
using Latchkey.Configuration;
using Latchkey.Logging;
using Latchkey.Roles;
using Microsoft.Extensions.Logging;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey check</c>.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The JSON configuration.", DefaultValueFactory = _ => "edge.json" };
        var config = new Option<string?>("--config", "-c") { Description = "The same, for those who are used to it.", HelpName = "file" };
        var role = new Option<string>("--role") { Description = "What the file is for; auto looks into it.", DefaultValueFactory = _ => "auto" };
        role.AcceptOnlyFromAmong("auto", "edge", "keyserver");
        var set = new RoleOptions("").Set;
        var offline = new Option<bool>("--offline") { Description = "Do not connect to key servers." };
        var command = new Command("check", "Validates a configuration; for an edge, has every certificate's key sign something.") { file, config, role, set, offline };
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(config) ?? parsed.GetRequiredValue(file);
            var overrides = parsed.GetRequiredValue(set);
            var output = parsed.InvocationConfiguration.Output;
            return RoleOf(parsed.GetRequiredValue(role), path) == "keyserver"
                ? CheckKeyServerAsync(KeyServerConfigReader.Load(path, overrides), output, cancellationToken)
                : CheckEdgeAsync(EdgeConfigReader.Load(path, overrides), parsed.GetValue(offline), output, cancellationToken);
        });
        return command;
    }

    // Only a key server has clientCa and keys.
    private static string RoleOf(string role, string path)
    {
        if (role != "auto")
            return role;
        var document = ConfigurationDocument.Load(path, [], []);
        return document.Root["clientCa"].Exists || document.Root["keys"].Exists ? "keyserver" : "edge";
    }

    // Starts it where nobody will find it: what it says of its keys is what it would say of them in service.
    private static async Task<int> CheckKeyServerAsync(KeyServerConfig config, TextWriter output, CancellationToken cancellationToken)
    {
        WriteWarnings(config.Warnings, output);
        using var loggers = ConsoleLog.Create(LogLevel.Error);
        await using var role = new KeyServerRole(config with { Listen = new IPEndPoint(IPAddress.Loopback, 0), Audit = null }, () => config, loggers);
        await role.StartAsync(cancellationToken);
        output.WriteLine($"{config.File}: valid keyserver configuration, {role.Keys.Count} key(s)");
        foreach (var key in role.Keys)
            output.WriteLine($"{key.Algorithm} {key.Bits}  {key.Ski}  {key.File}{(key.RawOperations ? "  raw operations" : "")}");
        return role.NotReady is { } reason ? throw new IOException(reason) : ExitCode.Success;
    }

    private static async Task<int> CheckEdgeAsync(EdgeConfig config, bool offline, TextWriter output, CancellationToken cancellationToken)
    {
        WriteWarnings(config.Warnings, output);
        output.WriteLine($"{config.File}: valid edge configuration, {config.Sites.Count} site(s), {config.KeyServers.Count} key server(s)");
        if (offline)
            return ExitCode.Success;
        using var loggers = ConsoleLog.Create(LogLevel.Error);
        var results = await new SignatureCheck(config, loggers).RunAsync(cancellationToken);
        CheckTable.Write(results, output);
        return results.All(result => result.Passed) ? ExitCode.Success : ExitCode.Failure;
    }

    private static void WriteWarnings(IReadOnlyList<string> warnings, TextWriter output)
    {
        foreach (var warning in warnings)
            output.WriteLine($"warning: {warning}");
    }
}
