using System.CommandLine;
using Latchkey.Checking;
using Latchkey.Configuration;
using Latchkey.Logging;
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
                ? Task.FromResult(CheckKeyServer(KeyServerConfigReader.Load(path, overrides), output))
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

    private static int CheckKeyServer(KeyServerConfig config, TextWriter output)
    {
        WriteWarnings(config.Warnings, output);
        output.WriteLine($"{config.File}: valid keyserver configuration, {config.Keys.Count} source(s) of keys");
        return ExitCode.Success;
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
