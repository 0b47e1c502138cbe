using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.KeyServer.Tests;

/// <summary>The file of keys that clients have beforehand: what is read, what is refused, and who may use it.</summary>
[Trait("Catalogue", "G4")]
public sealed class PreSharedKeysTests : IDisposable
{
    private const string Key = "000102030405060708090a0b0c0d0e0f";

    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = TestAuthority.Create();
    private PreSharedKeySource? _source;
    private NamePatterns? _names;

    [Fact]
    public void Keys_are_found_by_identity()
    {
        using var store = Store($"# ours\n\n  client-1:{Key}\r\nurn:a:b:{Key.ToUpperInvariant()}\nüser:{Key}ff");

        Reload(store);

        Assert.Equal(3, store.Count);
        using var first = store.Find("client-1"u8, Edge("any"), default, NamePatterns.None);
        using var second = store.Find("urn:a:b"u8, Edge("any"), default, NamePatterns.None);
        using var third = store.Find("üser"u8, Edge("any"), default, NamePatterns.None);
        Assert.Equal(Convert.FromHexString(Key), first!.Span.ToArray());
        Assert.Equal(Convert.FromHexString(Key), second!.Span.ToArray());
        Assert.Equal(Convert.FromHexString(Key + "FF"), third!.Span.ToArray());
        Assert.Null(store.Find("client-2"u8, Edge("any"), default, NamePatterns.None));
        Assert.Null(store.Find(default, Edge("any"), default, NamePatterns.None));
    }

    [Theory]
    [InlineData("a:" + Key + "\nclient", "line 2: no colon")]
    [InlineData(":" + Key, "line 1: no colon")]
    [InlineData("\n\na:0011", "line 3: a key of 2 bytes (expected 16 to 128)")]
    [InlineData("a:" + Key + "0", "line 1: 33 hexadecimal digits, an odd number")]
    [InlineData("a:zz" + Key, "line 1: a character that is not hexadecimal")]
    [InlineData("a:" + Key + "\nb:" + Key + "\na:" + Key, "line 3: identity \"a\" stands in")]
    public void A_line_that_is_no_key_is_named_by_its_number_and_the_old_keys_stay(string text, string problem)
    {
        using var store = Store($"old:{Key}");
        Reload(store);
        File.WriteAllText(_folder.File("psk"), text);

        var error = Assert.Throws<KeyFilesException>(() => Reload(store));

        Assert.StartsWith(_folder.File("psk") + ": " + problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, store.Count);
        using var old = store.Find("old"u8, Edge("any"), default, NamePatterns.None);
        Assert.NotNull(old);
    }

    [Fact]
    [Trait("Attack", "13")]
    public void A_key_is_for_the_edges_of_its_entry_alone()
    {
        using var store = Store($"a:{Key}", "edge-1");
        Reload(store);

        using var allowed = store.Find("a"u8, Edge("edge-1"), default, NamePatterns.None);
        Assert.NotNull(allowed);
        Assert.Null(store.Find("a"u8, Edge("edge-2"), default, NamePatterns.None));
    }

    // The owner of another site, with an edge and a key of its own, would otherwise ask about these clients under their site's name.
    [Fact]
    [Trait("Attack", "13")]
    public void A_key_with_names_is_for_sites_whose_own_certificates_have_the_name()
    {
        _names = new NamePatterns(["*.site.test"]);
        using var store = Store($"a:{Key}");
        Reload(store);

        using var allowed = store.Find("a"u8, Edge("any"), "www.site.test"u8, new NamePatterns(["www.site.test"]));
        Assert.NotNull(allowed);
        Assert.Null(store.Find("a"u8, Edge("any"), "other.test"u8, new NamePatterns(["other.test"])));
        Assert.Null(store.Find("a"u8, Edge("any"), "www.site.test"u8, new NamePatterns(["other.test"])));
        Assert.Null(store.Find("a"u8, Edge("any"), default, new NamePatterns(["www.site.test"])));
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error()
    {
        using var store = new PreSharedKeyStore(NullLogger.Instance);
        _source = new PreSharedKeySource { Path = _folder.File("none") };

        Assert.Contains("cannot be read", Assert.Throws<KeyFilesException>(() => Reload(store)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_is_read_again()
    {
        var path = _folder.Write("psk", $"a:{Key}");
        await using var server = new TestKeyServer { PreSharedKeys = [new PreSharedKeySource { Path = path }], WatchInterval = TimeSpan.FromMilliseconds(50) };
        await server.StartAsync();
        Assert.Equal("1 pre-shared keys loaded.", server.Log.Find(3036));

        _folder.Write("psk", $"a:{Key}\nb:{Key}");

        for (var i = 0; i < 200 && !server.Log.Lines.Any(line => line.Text == "2 pre-shared keys loaded."); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Contains(server.Log.Lines, line => line.Text == "2 pre-shared keys loaded.");
    }

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    private PreSharedKeyStore Store(string text, params string[] edges)
    {
        _source = new PreSharedKeySource { Path = _folder.Write("psk", text), AllowedEdges = edges.Length == 0 ? null : edges, Names = _names };
        return new PreSharedKeyStore(NullLogger.Instance);
    }

    private void Reload(PreSharedKeyStore store) => store.Replace(store.Load([_source!]));

    private EdgeIdentity Edge(string name)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_authority.IssueClient(name).Certificate);
        return EdgeIdentity.Of(certificate);
    }
}
