using Latchkey.Tests.Configuration;

namespace Latchkey.Tests.CommandLine;

public sealed class TicketsTests
{
    [Fact]
    public async Task A_site_that_is_not_there_is_a_mistake_in_the_configuration()
    {
        using var folder = new ConfigurationFolder();

        var unknown = await Invocation.RunAsync(Export(folder, "nobody.test", "haproxy", "/dev/shm/latchkey-test.keys"));

        Assert.Equal((2, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("no site has the name \"nobody.test\" (expected one of example.test, *.example.test", unknown.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("haproxy", "--pid-file", "--pid-file stands beside another format")]
    [InlineData("nginx", "--socket", "--socket stands beside another format")]
    public async Task What_one_kind_of_server_does_not_have_is_refused_for_it(string format, string option, string message)
    {
        using var folder = new ConfigurationFolder();

        var refused = await Invocation.RunAsync([.. Export(folder, "example.test", format, "/dev/shm/latchkey-test.keys"), option, "/run/x"]);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task Keys_are_written_to_no_disk()
    {
        Assert.SkipWhen(new DriveInfo(AppContext.BaseDirectory).DriveFormat is "tmpfs" or "ramfs", "the tests lie in memory");
        using var folder = new ConfigurationFolder();

        var refused = await Invocation.RunAsync(Export(folder, "example.test", "haproxy", Path.Combine(AppContext.BaseDirectory, "ticket.keys")));

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("where ticket keys would outlive their time (expected tmpfs or ramfs", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "ticket.keys")));
    }

    private static string[] Export(ConfigurationFolder folder, string site, string format, string to) =>
        ["tickets", "export", "--config", folder.File("edge.json"), "--site", site, "--format", format, "--to", to];
}
