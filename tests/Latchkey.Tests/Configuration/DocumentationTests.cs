using Latchkey.Configuration;
using Latchkey.Testing;

namespace Latchkey.Tests.Configuration;

/// <summary>What docs/configuration.md shows is what the program takes.</summary>
public sealed class DocumentationTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    private static readonly string Document = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "configuration.md"));

    [Fact]
    public void The_documented_edge_configuration_is_valid()
    {
        Directory.CreateDirectory(folder.File("www"));
        var config = EdgeConfigReader.Load(folder.Write("documented-edge.json", Example("## Edge")));

        Assert.Equal([2, 1], config.Sites.Select(site => site.Certificates.Count));
        Assert.Equal("example.test", config.DefaultSite!.Name);
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void The_documented_key_server_configuration_is_valid() =>
        Assert.Equal(2407, KeyServerConfigReader.Load(folder.Write("documented-keyserver.json", Example("## Key server"))).Listen.Port);

    [Fact]
    public void Every_name_that_may_stand_at_the_top_is_documented()
    {
        Assert.All(EdgeConfigReader.Names, name => Assert.Contains($"`{name}", Section("## Edge"), StringComparison.Ordinal));
        Assert.All(KeyServerConfigReader.Names, name => Assert.Contains($"`{name}", Section("## Key server"), StringComparison.Ordinal));
    }

    private static string Example(string heading)
    {
        var section = Section(heading);
        var begin = section.IndexOf("```json\n", StringComparison.Ordinal) + 8;
        return section[begin..section.IndexOf("```", begin, StringComparison.Ordinal)];
    }

    private static string Section(string heading)
    {
        var begin = Document.IndexOf(heading + "\n", StringComparison.Ordinal);
        Assert.True(begin > 0, heading);
        var end = Document.IndexOf("\n## ", begin + 3, StringComparison.Ordinal);
        return end < 0 ? Document[begin..] : Document[begin..end];
    }
}
