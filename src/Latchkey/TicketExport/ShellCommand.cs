using System.Diagnostics;

namespace Latchkey.TicketExport;

/// <summary>Any other server, told by a command of its operator's, which gets no key.</summary>
internal sealed class ShellCommand(string command) : ToldServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => $"\"{command}\"";

    public override async Task TellAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        // Its output would be taken for keys, where those go to standard output.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec 1>&2; {command}"]) { UseShellExecute = false, RedirectStandardInput = true };
        using var process = Process.Start(start) ?? throw new IOException("it could not be started");
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException($"it did not end within {Patience.TotalSeconds} s");
        }
        if (process.ExitCode != 0)
            throw new IOException($"it ended with {process.ExitCode}");
    }
}
