using System.Net;
using Latchkey.Admin;
using Latchkey.CommandLine;
using Latchkey.Configuration;
using Latchkey.Metrics;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>From start to exit: runs a role with its admin endpoint until a signal ends it.</summary>
/// <param name="output">Standard output: the ready lines, nothing else.</param>
/// <param name="loggers">The log.</param>
/// <param name="stopAtEndOfInput">Whether the end of standard input asks to stop, as SIGTERM does.</param>
internal sealed partial class RoleRunner(TextWriter output, ILoggerFactory loggers, bool stopAtEndOfInput)
{
    private readonly ILogger _logger = loggers.CreateLogger("Latchkey");

    /// <param name="role">Disposed here.</param>
    /// <param name="admin">Where health and metrics are served; null for nowhere.</param>
    /// <param name="traces">What <c>/events</c> serves.</param>
    /// <param name="drain">How long connections may end by themselves.</param>
    /// <param name="warnings">For the log.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ConfigurationException">See <see cref="IRole.StartAsync"/>.</exception>
    /// <exception cref="IOException">An address is taken or not ours.</exception>
    public async Task<int> RunAsync(IRole role, IPEndPoint? admin, HandshakeTraces traces, TimeSpan drain, IReadOnlyList<string> warnings)
    {
        await RunUntilStoppedAsync(role, admin, traces, drain, warnings);
        // Only now: what ends with the role may have something to tell, and nothing follows this line.
        LogStopped(role.Name);
        return ExitCode.Success;
    }

    private async Task RunUntilStoppedAsync(IRole role, IPEndPoint? admin, HandshakeTraces traces, TimeSpan drain, IReadOnlyList<string> warnings)
    {
        using var signals = new Signals();
        if (stopAtEndOfInput)
            signals.StopAtEndOf(Console.OpenStandardInput());
        using var metrics = new MetricsCollector();
        await using var _ = role;
        foreach (var warning in warnings)
            LogConfigurationWarning(warning);
        await ListenAsync(role.StartAsync, signals.Impatient);
        await using var adminServer = admin is null ? null : new AdminServer(admin, role, metrics, traces, loggers);
        if (adminServer is not null)
            await ListenAsync(adminServer.StartAsync, signals.Impatient);
        Announce(role, adminServer);

        await ReloadUntilStoppedAsync(role, signals);

        LogStopping(role.Name, drain.TotalSeconds);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(signals.Impatient);
        patience.CancelAfter(drain);
        await StopAsync(role, patience.Token);
    }

    // Kestrel calls every address http://, which it is not for an edge's clients.
    private static async Task ListenAsync(Func<CancellationToken, Task> start, CancellationToken cancellationToken)
    {
        const string kestrels = "Failed to bind to address http://";
        try
        {
            await start(cancellationToken);
        }
        catch (IOException e) when (e.Message.StartsWith(kestrels, StringComparison.Ordinal))
        {
            throw new IOException($"cannot listen on {e.Message[kestrels.Length..].TrimEnd('.')}", e);
        }
    }

    private void Announce(IRole role, AdminServer? admin)
    {
        foreach (var endPoint in role.EndPoints)
            output.WriteLine($"ready {role.Name} {endPoint}");
        if (role.EndPoints.Count == 0)
            output.WriteLine($"ready {role.Name} -"); // it listens nowhere: it dials
        if (admin is not null)
            output.WriteLine($"admin {role.Name} {admin.EndPoint}");
        output.Flush();
        LogStarted(Program.Version, role.Name, role.EndPoints.Count == 0 ? "nothing, it dials" : string.Join(", ", role.EndPoints), admin?.EndPoint.ToString() ?? "nowhere");
    }

    private async Task ReloadUntilStoppedAsync(IRole role, Signals signals)
    {
        using var stopped = new CancellationTokenSource();
        while (await Task.WhenAny(signals.Stop, signals.ReloadAsync(stopped.Token)) != signals.Stop)
            await ReloadAsync(role, signals.Impatient);
        await stopped.CancelAsync();
    }

    private async Task ReloadAsync(IRole role, CancellationToken cancellationToken)
    {
        try
        {
            await role.ReloadAsync(cancellationToken);
            LogReloaded(role.Name);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was, what ran before goes on.
            LogReloadFailed(role.Name, e.Message);
        }
    }

    private async Task StopAsync(IRole role, CancellationToken patience)
    {
        try
        {
            await role.StopAsync(patience);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            LogDrainEnded(role.Name);
        }
    }
}
