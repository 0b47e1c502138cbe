using System.CommandLine;
using System.Net;
using Latchkey.Checking;
using Latchkey.Configuration;
using Latchkey.KeyServer.Policy;
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
        var policy = new PolicyOptions();
        var command = new Command("check", "Validates a configuration; for an edge, has every certificate's key sign something; for a key server, tells with --edge what its rules say.") { file, config, role, set, offline };
        policy.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(config) ?? parsed.GetRequiredValue(file);
            var overrides = parsed.GetRequiredValue(set);
            var output = parsed.InvocationConfiguration.Output;
            return RoleOf(parsed.GetRequiredValue(role), path) == "keyserver"
                ? CheckKeyServerAsync(KeyServerConfigReader.Load(path, overrides), policy.Read(parsed), output, cancellationToken)
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
    private static async Task<int> CheckKeyServerAsync(KeyServerConfig config, PolicyQuestion? question, TextWriter output, CancellationToken cancellationToken)
    {
        WriteWarnings(config.Warnings, output);
        using var loggers = ConsoleLog.Create(LogLevel.Error);
        await using var role = new KeyServerRole(config with { Listen = new IPEndPoint(IPAddress.Loopback, 0), Audit = null }, () => config, loggers);
        await role.StartAsync(cancellationToken);
        output.WriteLine($"{config.File}: valid keyserver configuration, {role.Keys.Count} key(s)");
        if (question is not null)
            return WriteAnswers(question, role.Explain(question), output);
        foreach (var key in role.Keys)
            output.WriteLine($"{key.Algorithm} {key.Bits}  {key.Ski}  {key.File}{(key.RawOperations ? "  raw operations" : "")}");
        return role.NotReady is { } reason ? throw new IOException(reason) : ExitCode.Success;
    }

    private static int WriteAnswers(PolicyQuestion question, IReadOnlyList<PolicyAnswer> answers, TextWriter output)
    {
        if (answers.Count == 0)
            throw new IOException($"no key is \"{question.Key}\" (expected a key file, the beginning of an SKI, or a name in a certificate; without --key all are shown)");
        foreach (var answer in answers)
        {
            var name = answer.Name.Length == 0 ? "" : $", name {answer.Name}";
            output.WriteLine($"edge {question.Edge}, key {Path.GetFileName(answer.Key)}{name}: {PolicyWords.Of(answer.Operation)} {answer.Reason}");
        }
        return answers.Any(answer => answer.IsAllowed) ? ExitCode.Success : ExitCode.Failure;
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
