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
        Assert.Equal(2407, KeyServerConfigReader.Load(folder.Write("documented-keyserver.json", Example("## Key server"))).Listen!.Port);

    [Fact]
    public void Every_name_that_may_stand_at_the_top_is_documented()
    {
        Assert.All(EdgeConfigReader.Names, name => Assert.Contains($"`{name}", Section("## Edge"), StringComparison.Ordinal));
        Assert.All(KeyServerConfigReader.Names, name => Assert.Contains($"`{name}", Section("## Key server"), StringComparison.Ordinal));
    }

    /// <summary>An unknown name is answered by those that are known; each of them stands in the section.</summary>
    [Theory]
    [InlineData("## Edge", "keyServers:home")]
    [InlineData("## Edge", "keyServers:home:balancing")]
    [InlineData("## Edge", "keyServers:home:balancing:weights")]
    [InlineData("## Edge", "keyServers:home:accept")]
    [InlineData("## Edge", "sites:0")]
    [InlineData("## Edge", "sites:0:resumption")]
    [InlineData("## Edge", "sites:0:cache")]
    [InlineData("## Edge", "sites:0:clientCertificates")]
    [InlineData("## Edge", "sessionCache")]
    [InlineData("## Edge", "limits")]
    [InlineData("## Key server", "keys:0")]
    [InlineData("## Key server", "preSharedKeys:0")]
    [InlineData("## Key server", "addresses:0")]
    [InlineData("## Key server", "audit")]
    [InlineData("## Key server", "dial:0")]
    [InlineData("## Key server", "freshness")]
    [InlineData("## Key server", "limits")]
    public void Every_name_that_may_stand_below_is_documented(string section, string place)
    {
        var isEdge = section == "## Edge";
        Directory.CreateDirectory(folder.File("www"));
        var file = folder.Write(isEdge ? "unknown-edge.json" : "unknown-keyserver.json", Example(section));
        string[] overrides = [$"{place}:qqqqqqqqqqqqqqqqqqqqqqqq=1"];

        var error = Assert.Throws<ConfigurationException>(() => { _ = isEdge ? (object)EdgeConfigReader.Load(file, overrides) : KeyServerConfigReader.Load(file, overrides); });

        const string known = "known are ";
        Assert.Contains(known, error.Message, StringComparison.Ordinal);
        var names = error.Message[(error.Message.IndexOf(known, StringComparison.Ordinal) + known.Length)..].TrimEnd('.', ')').Split(", ");
        Assert.All(names, name => Assert.Matches($"[`.\"]{name}[`\"]", Section(section)));
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
