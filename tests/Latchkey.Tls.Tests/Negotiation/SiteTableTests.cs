using System.Net;
using Latchkey.Tls.Messages;
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
    [Trait("Catalogue", "I2")]
    [InlineData("192.0.2.7", true)]
    [InlineData("::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("2001:db8::7", true)]
    [InlineData("fe80::7%3", true)]
    public async Task For_a_client_without_a_name_the_address_it_connected_to_stands_for_one(string connected, bool found)
    {
        var table = new SiteTable([Name("example.test", Exact)], Default, [Address("192.0.2.7"), Address("2001:db8::7"), Address("fe80::7")]);
        var endPoints = new TlsEndPoints(null, new IPEndPoint(IPAddress.Parse(connected), 443));
        Assert.Same(found ? Below : Default, await table.SelectAsync(new ClientHello(), endPoints, TestContext.Current.CancellationToken));
        // A name that was sent counts, known or not.
        Assert.Same(Exact, await table.SelectAsync(new ClientHello { ServerName = "example.test" }, endPoints, TestContext.Current.CancellationToken));
        Assert.Same(Default, await table.SelectAsync(new ClientHello { ServerName = "other.test" }, endPoints, TestContext.Current.CancellationToken));
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

    private static KeyValuePair<IPAddress, TlsSite> Address(string address) => KeyValuePair.Create(IPAddress.Parse(address), Below);

    private static KeyValuePair<string, TlsSite> Name(string name, TlsSite site) => KeyValuePair.Create(name, site);
}
