using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tests.Clients;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>Pre-shared keys with a fresh exchange, with the client everybody has.</summary>
[Trait("Catalogue", "G4")]
public sealed class PreSharedKeyTests
{
    private const string Key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string OtherKey = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Theory]
    [InlineData("ECDHE-PSK-CHACHA20-POLY1305", TlsProfile.Default)]
    [InlineData("DHE-PSK-AES128-GCM-SHA256", TlsProfile.Compatible)]
    [InlineData("DHE-PSK-AES256-GCM-SHA384", TlsProfile.Compatible)]
    [InlineData("DHE-PSK-CHACHA20-POLY1305", TlsProfile.Compatible)]
    [InlineData("ECDHE-PSK-AES128-CBC-SHA256", TlsProfile.Legacy)]
    [InlineData("ECDHE-PSK-AES256-CBC-SHA384", TlsProfile.Legacy)]
    [InlineData("ECDHE-PSK-AES128-CBC-SHA", TlsProfile.Legacy)]
    [InlineData("ECDHE-PSK-AES256-CBC-SHA", TlsProfile.Legacy)]
    [InlineData("DHE-PSK-AES128-CBC-SHA", TlsProfile.Legacy)]
    [InlineData("DHE-PSK-AES256-CBC-SHA", TlsProfile.Legacy)]
    [InlineData("DHE-PSK-AES128-CBC-SHA256", TlsProfile.Legacy)]
    [InlineData("DHE-PSK-AES256-CBC-SHA384", TlsProfile.Legacy)]
    public async Task Every_suite_serves_a_client_that_has_the_key(string suite, TlsProfile profile)
    {
        var output = await ConnectAsync(Options(profile), suite);
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        Assert.Contains("no peer certificate available", output, StringComparison.Ordinal);
        Assert.Contains("    PSK identity: alice\n    PSK identity hint: hint of the site\n", output, StringComparison.Ordinal);
        Assert.Contains("Extended master secret: yes", output, StringComparison.Ordinal);
        Assert.Contains("CLIENT nobody", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DHE-PSK-AES128-GCM-SHA256", TlsProfile.Default)]
    [InlineData("ECDHE-PSK-AES128-CBC-SHA256", TlsProfile.Compatible)]
    [InlineData("PSK-AES128-GCM-SHA256", TlsProfile.Legacy)]
    [InlineData("RSA-PSK-AES128-GCM-SHA256", TlsProfile.Legacy)]
    public async Task What_the_profile_does_not_have_is_refused_and_so_is_a_key_without_a_fresh_exchange(string suite, TlsProfile profile) =>
        Assert.Contains("alert handshake failure", await ConnectAsync(Options(profile), suite), StringComparison.Ordinal);

    [Fact]
    public async Task A_site_without_such_keys_refuses_the_suites() =>
        Assert.Contains("alert handshake failure", await ConnectAsync(SiteOptions(null), "ECDHE-PSK-CHACHA20-POLY1305"), StringComparison.Ordinal);

    [Fact]
    public async Task A_client_that_offers_both_is_served_by_the_key()
    {
        var output = await ConnectAsync(Options(), "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-PSK-CHACHA20-POLY1305");
        Assert.Contains("Cipher is ECDHE-PSK-CHACHA20-POLY1305", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_key_is_served_by_the_certificate()
    {
        var output = await ClientSite.ConnectAsync(Options(), "-tls1_2", null);
        Assert.Contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256", output, StringComparison.Ordinal);
        Assert.Contains("CLIENT nobody", output, StringComparison.Ordinal);
    }

    // RFC 4279 §2: nobody can try out which identities there are.
    [Theory]
    [InlineData("alice", OtherKey)]
    [InlineData("mallory", Key)]
    public async Task A_wrong_key_and_an_unknown_identity_end_alike(string identity, string key)
    {
        var output = await ConnectAsync(Options(), "ECDHE-PSK-CHACHA20-POLY1305", identity, key);
        Assert.Contains("alert bad record mac", output, StringComparison.Ordinal);
        Assert.DoesNotContain("CLIENT ", output, StringComparison.Ordinal);
    }

    private static Task<string> ConnectAsync(TlsServerOptions options, string suite, string identity = "alice", string key = Key) =>
        ClientSite.ConnectAsync(options, "-tls1_2", null, $"-cipher {suite} -psk_identity {identity} -psk {key}");

    private static TlsServerOptions Options(TlsProfile profile = TlsProfile.Default) =>
        SiteOptions(new LocalPreSharedKeys([new PreSharedKey("alice"u8.ToArray(), SecretBytes.CopyOf(Convert.FromHexString(Key)))], "hint of the site"u8.ToArray()), profile);

    private static TlsServerOptions SiteOptions(PreSharedKeyHolder? keys, TlsProfile profile = TlsProfile.Default) => Tls12Site.Options(new TlsSite
    {
        Name = "example.test",
        Certificates = [Tls12Site.Load(TestSite.Ecdsa)],
        Profile = profile,
        PreSharedKeys = keys,
    });
}
