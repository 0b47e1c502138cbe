namespace Latchkey.KeyStores.Tests;

public class KeyUriTests
{
    [Theory]
    [InlineData("pkcs11:token=site;object=key", "pkcs11", "token=site;object=key")]
    [InlineData("FILE:/etc/latchkey/site.key", "file", "/etc/latchkey/site.key")]
    public void A_key_uri_is_a_scheme_and_what_the_store_makes_of_the_rest(string text, string scheme, string rest)
    {
        Assert.True(KeyUri.TryParse(text, out var uri));
        Assert.Equal((scheme, rest), (uri!.Scheme, uri.Rest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("pkcs11:")]
    [InlineData("/etc/site.key")]
    [InlineData("1x:key")]
    public void What_has_no_scheme_is_no_key_uri(string text) => Assert.False(KeyUri.TryParse(text, out _));
}
