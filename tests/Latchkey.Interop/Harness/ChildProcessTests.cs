using Latchkey.Testing;

namespace Latchkey.Interop.Harness;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task A_line_is_waited_for_and_a_signal_reaches_the_program()
    {
        await using var child = ChildProcess.Start("/bin/sh", ["-c", "trap 'echo bye; exit 7' TERM; echo ready on 1; while :; do sleep 0.05; done"]);
        Assert.Equal("ready on 1", await child.WaitForLineAsync("ready"));
        child.Terminate();
        Assert.Equal(7, await child.WaitForExitAsync());
        Assert.EndsWith("bye\n", child.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_ends_without_the_line_is_reported_with_its_output()
    {
        await using var child = ChildProcess.Start("/bin/sh", ["-c", "echo broken >&2; exit 3"]);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => child.WaitForLineAsync("ready"));
        Assert.Contains("broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_leaves_no_grandchild()
    {
        var child = ChildProcess.Start("/bin/sh", ["-c", "sleep 1000 & echo $!; wait"]);
        var grandchild = int.Parse(await child.WaitForLineAsync(_ => true, "any"), System.Globalization.CultureInfo.InvariantCulture);
        await child.DisposeAsync();
        for (var i = 0; i < 100 && IsRunning(grandchild); i++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.False(IsRunning(grandchild));
    }

    // A killed orphan may linger as a zombie until init reaps it: that is not running.
    private static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
