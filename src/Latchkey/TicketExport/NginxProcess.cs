using System.Globalization;

namespace Latchkey.TicketExport;

/// <summary>An nginx, told by SIGHUP to its master process to read its configuration and the keys again.</summary>
internal sealed class NginxProcess(string pidFile) : ToldServer
{
    public override string Name => $"nginx ({pidFile})";

    public override async Task TellAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        var text = (await File.ReadAllTextAsync(pidFile, cancellationToken)).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var process) || process < 2)
            throw new IOException($"\"{text}\" is no process id");
        // A file that was left behind may name anybody by now, and SIGHUP ends most programs.
        var name = $"/proc/{process}/comm";
        var program = File.Exists(name) ? (await File.ReadAllTextAsync(name, cancellationToken)).Trim() : throw new IOException($"process {process} does not run");
        if (!program.Contains("nginx", StringComparison.Ordinal))
            throw new IOException($"process {process} is {program}, not nginx (--run tells other programs)");
        await new ShellCommand(string.Create(CultureInfo.InvariantCulture, $"kill -HUP {process}")).TellAsync(set, cancellationToken);
    }
}
