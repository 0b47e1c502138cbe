using Latchkey.Testing;

namespace Latchkey.Interop.Conformance;

/// <summary>BoringSSL's own suite, driven against the engine where somebody has its runner (docs/conformance.md).</summary>
public sealed class BogoTests
{
    private const string RunnerVariable = "LATCHKEY_BOGO_RUNNER";

    [Fact]
    public async Task Every_enabled_test_of_the_runner_passes()
    {
        var runner = Environment.GetEnvironmentVariable(RunnerVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(runner), $"{RunnerVariable} does not name a BoGo runner (docs/conformance.md)");
        var result = await ChildProcess.RunAsync(
            runner!,
            ["-shim-path", Shim(), "-shim-config", RepositoryRoot.File("tests", "Latchkey.Bogo", "config.json"), "-num-workers", "2", "-allow-unimplemented", "-pipe"],
            timeout: TimeSpan.FromMinutes(15));
        var lines = result.Output.Split('\n');
        var failed = string.Join(", ", lines.Where(line => line.StartsWith("FAILED", StringComparison.Ordinal)));
        Assert.True(result.ExitCode == 0, $"exit {result.ExitCode}; {failed}; {result.Errors}");
        // A runner that found nothing to run would be content too.
        Assert.True(lines.Count(line => line.StartsWith("PASSED", StringComparison.Ordinal)) > 600, "Fewer tests than expected were run.");
    }

    /// <summary>Built with this program, in the same configuration.</summary>
    private static string Shim()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return RepositoryRoot.File("tests", "Latchkey.Bogo", "bin", output.Parent!.Name, output.Name, "Latchkey.Bogo");
    }
}
