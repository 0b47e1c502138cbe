using System.CommandLine;
using System.CommandLine.Parsing;
using Latchkey.Bench;
using Latchkey.Client;
using Latchkey.Configuration;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey bench</c>.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "An edge's JSON configuration; its key servers are measured, with each certificate's key.",
            HelpName = "file",
            DefaultValueFactory = _ => "edge.json",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long each measurement lasts (1 to 3,600).",
            HelpName = "n",
            DefaultValueFactory = _ => 5,
        };
        var connections = new Option<int>("--connections")
        {
            Description = "Connections to each key server, over which the callers are spread (1 to 64).",
            HelpName = "n",
            DefaultValueFactory = _ => 2,
        };
        var callers = new Option<int[]>("--callers")
        {
            Description = "How many ask at once, each again as soon as it is answered (1 to 65,536); several for several measurements.",
            HelpName = "n",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 16, 64],
        };
        callers.Validators.Add(result =>
        {
            foreach (var value in result.GetValueOrDefault<int[]>() ?? [])
                RequireWithin(result, value, 1, 65_536);
        });
        RequireRange(seconds, 1, 3600);
        RequireRange(connections, 1, 64);
        var command = new Command("bench", "Measures key servers: operations per second and latency with 1, 16 and 64 callers at once, or as many as are asked for.") { config, seconds, connections, callers };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            EdgeConfigReader.Load(parsed.GetRequiredValue(config), []),
            parsed.GetValue(connections),
            parsed.GetRequiredValue(callers),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.InvocationConfiguration,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(EdgeConfig config, int connections, int[] callers, TimeSpan duration, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var targets =
            from site in config.Sites
            where site.KeyServer is not null
            let link = config.KeyServers[site.KeyServer!]
            from certificate in site.Certificates
            from endPoint in link.EndPoints
            select (Link: link, EndPoint: endPoint, Certificate: certificate);
        foreach (var (link, endPoint, certificate) in targets.DistinctBy(target => (target.EndPoint, target.Certificate.File)))
        {
            var kind = certificate.Chain[0].PublicKey.Oid.FriendlyName;
            console.Output.WriteLine($"{link.Name} {endPoint}, {Path.GetFileName(certificate.File)} ({kind}), TLS 1.3 signatures, {connections} connection(s)");
            console.Output.WriteLine(BenchResult.Header);
            var bench = new KeyServerBench(link, connections, duration);
            foreach (var count in callers)
            {
                try
                {
                    console.Output.WriteLine(await bench.RunAsync(endPoint, certificate.Chain[0], count, cancellationToken));
                }
                catch (KeyServerException e)
                {
                    console.Error.WriteLine($"latchkey: {endPoint}: {e.Message}");
                    return ExitCode.Failure;
                }
            }
        }
        return ExitCode.Success;
    }

    private static void RequireRange(Option<int> option, int lowest, int highest) =>
        option.Validators.Add(result => RequireWithin(result, result.GetValueOrDefault<int>(), lowest, highest));

    private static void RequireWithin(OptionResult result, int value, int lowest, int highest)
    {
        if (value < lowest || value > highest)
            result.AddError($"{result.Option.Name}: {value} is not between {lowest} and {highest}");
    }
}
