using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Negotiation;

[Trait("Catalogue", "I1")]
public sealed class SiteTableTests
{
    private static readonly TlsSite Exact = Tls12Site.Site([]);
    private static readonly TlsSite Below = Tls12Site.Site([]);
    private static readonly TlsSite Default = Tls12Site.Site([]);

    [Fact]
    public void Exact_names_come_before_wildcards_and_these_before_the_default()
    {
        var table = new SiteTable([Name("Example.TEST", Exact), Name("*.example.test", Below), Name("www.example.test", Exact)], Default);
        Assert.Same(Exact, table.Find("example.test"));
        Assert.Same(Exact, table.Find("www.example.test"));
        Assert.Same(Below, table.Find("img.example.test"));
        Assert.Same(Default, table.Find("a.b.example.test"));
        Assert.Same(Default, table.Find("other.test"));
        Assert.Same(Default, table.Find(null));
    }

    [Fact]
    public void Without_a_default_unknown_names_and_none_find_nothing()
    {
        var table = new SiteTable([Name("*.example.test", Below)]);
        Assert.Null(table.Find("example.test"));
        Assert.Null(table.Find(".example.test"));
        Assert.Null(table.Find("*.example.test") == Below ? null : Below);
        Assert.Null(table.Find(null));
    }

    [Theory]
    [InlineData("example.test.")]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("www.*.test")]
    [InlineData("w*.example.test")]
    [InlineData("exa mple.test")]
    public void A_name_that_is_none_is_refused_by_name(string name) =>
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => new SiteTable([Name(name, Exact)])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_occurs_twice_is_refused_in_any_case() =>
        Assert.Contains("EXAMPLE.test", Assert.Throws<ArgumentException>(() => new SiteTable([Name("example.test", Exact), Name("EXAMPLE.test", Below)])).Message, StringComparison.Ordinal);

    private static KeyValuePair<string, TlsSite> Name(string name, TlsSite site) => KeyValuePair.Create(name, site);
}
