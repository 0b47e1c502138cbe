namespace Latchkey.Tests.CommandLine;

public sealed class HelpTests
{
    [Theory]
    [InlineData("edge", "--config", "--set", "--log-level")]
    [InlineData("keyserver", "--config", "--set", "--log-level")]
    [InlineData("check", "--role")]
    [InlineData("split", "--parts", "--out", "--destroy")]
    [InlineData("join", "--out")]
    [InlineData("audit", "verify", "show")]
    [InlineData("audit verify", "--certificate", "--head")]
    [InlineData("audit show", "--edge", "--key", "--name", "--operation", "--outcome", "--since", "--json")]
    [InlineData("tickets", "export")]
    [InlineData("tickets export", "--site", "--format", "--to", "--pid-file", "--socket", "--run", "--once", "--allow-disk")]
    [InlineData("demo", "--once", "--custody")]
    [InlineData("trace", "--admin", "--server-name", "--count")]
    [InlineData("bench", "--config", "--seconds")]
    [InlineData("version")]
    public async Task Every_command_explains_options_examples_and_exit_codes(string command, params string[] options)
    {
        var help = await Invocation.RunAsync([.. command.Split(' '), "--help"]);

        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.All(options, option => Assert.Contains(option, help.Output, StringComparison.Ordinal));
        Assert.Contains("Example", help.Output, StringComparison.Ordinal);
        Assert.Contains($"latchkey {command}", help.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", help.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    public async Task Without_a_command_it_lists_them(params string[] args)
    {
        var help = await Invocation.RunAsync(args);

        Assert.Equal(0, help.ExitCode);
        Assert.All(["edge", "keyserver", "check", "split", "join", "audit", "tickets", "demo", "trace", "bench", "version"], command => Assert.Contains($"\n  {command} ", help.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("latchkey: Unrecognized command or argument 'egde'. (latchkey --help shows what there is)", "egde")]
    [InlineData("latchkey: Unrecognized command or argument '--konfig'. (latchkey edge --help shows what there is)", "edge", "--konfig", "x")]
    [InlineData("latchkey: --log-level: unknown \"loud\", expected one of trace, debug, information, warning, error (latchkey edge --help shows what there is)", "edge", "--log-level", "loud")]
    public async Task A_wrong_command_line_is_one_line_and_exit_code_2(string line, params string[] args)
    {
        var refused = await Invocation.RunAsync(args);

        Assert.Equal((2, "", line + Environment.NewLine), (refused.ExitCode, refused.Output, refused.Error));
    }
}
