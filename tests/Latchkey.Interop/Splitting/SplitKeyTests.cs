namespace Latchkey.Interop.Splitting;

/// <summary>A page served with a key that is split between edge and key server, under every custody, to OpenSSL.</summary>
[Trait("Catalogue", "S4")]
public sealed class SplitKeyTests(SplitKeySites sites) : IClassFixture<SplitKeySites>
{
    [Theory]
    [InlineData("signature-rsa2048")]
    [InlineData("signature-ecdsap256")]
    [InlineData("signature-ed25519")]
    [InlineData("premaster-rsa2048")]
    [InlineData("exchange-rsa2048")]
    [InlineData("exchange-ecdsap256")]
    [InlineData("master-secret-rsa2048")]
    [InlineData("session-keys-rsa2048")]
    [InlineData("session-keys-ecdsap256")]
    [InlineData("handshake-rsa2048")]
    [InlineData("handshake-ecdsap256")]
    public async Task A_page_is_served_in_both_versions(string site)
    {
        Assert.Contains("TLSv1.3", await sites.VisitAsync(site, "-tls1_3"), StringComparison.Ordinal);
        Assert.Contains("TLSv1.2", await sites.VisitAsync(site, "-tls1_2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("signature-rsa2048")]
    [InlineData("premaster-rsa2048")]
    [InlineData("exchange-rsa2048")]
    [InlineData("master-secret-rsa2048")]
    [InlineData("session-keys-rsa2048")]
    [InlineData("handshake-rsa2048")]
    public async Task A_page_is_served_by_RSA_key_exchange(string site) =>
        Assert.Contains("AES128-GCM-SHA256", await sites.VisitAsync(site, "-tls1_2", "-cipher", "AES128-GCM-SHA256"), StringComparison.Ordinal);
}
