using Azure.Core;
using Latchkey.Crypto;
using Latchkey.KeyStores.Cloud.Azure;
using Latchkey.Testing;
using Latchkey.Testing.Cloud;

namespace Latchkey.KeyStores.Tests.Cloud;

/// <summary>Keys in Azure Key Vault and Managed HSM, as their documented REST calls have them.</summary>
[Trait("Catalogue", "S2")]
public sealed class AzureVaultTests : IAsyncLifetime
{
    private static readonly TestAuthority Authority = TestAuthority.Create();
    private readonly VaultStandIn _service = new();
    private readonly Credential _credential;
    private readonly AzureVaultKeyStore _store;

    public AzureVaultTests()
    {
        _credential = new Credential(() => _service.Token);
        _store = new AzureVaultKeyStore(_credential);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, false, SignatureScheme.EcdsaSecp256r1Sha256, "ES256")]
    [InlineData(TestKey.EcdsaP256, true, SignatureScheme.EcdsaSecp384r1Sha384, "ES256")]
    [InlineData(TestKey.EcdsaP384, true, SignatureScheme.EcdsaSecp384r1Sha384, "ES384")]
    [InlineData(TestKey.EcdsaP384, false, SignatureScheme.EcdsaSecp256r1Sha256, "ES384")]
    [InlineData(TestKey.Rsa2048, false, SignatureScheme.RsaPssRsaeSha256, "PS256")]
    [InlineData(TestKey.Rsa2048, true, SignatureScheme.RsaPssRsaeSha384, "PS384")]
    [InlineData(TestKey.Rsa2048, false, SignatureScheme.RsaPssRsaeSha512, "PS512")]
    [InlineData(TestKey.Rsa3072, true, SignatureScheme.RsaPkcs1Sha256, "RS256")]
    [InlineData(TestKey.Rsa2048, false, SignatureScheme.RsaPkcs1Sha384, "RS384")]
    [InlineData(TestKey.Rsa2048, false, SignatureScheme.RsaPkcs1Sha512, "RS512")]
    public void What_a_key_signs_verifies(TestKey kind, bool inHardware, SignatureScheme scheme, string algorithm)
    {
        using var opened = Open(kind, inHardware).Key;
        using var verifier = CryptoProvider.Default.ImportPublicKey(opened.SubjectPublicKeyInfo.Span);

        // Numbers of ECDSA begin with a zero now and then, which DER leaves out.
        for (var i = 0; i < (kind is TestKey.EcdsaP256 ? 300 : 3); i++)
            Assert.True(verifier.Verify(scheme, "content"u8, opened.Sign(scheme, "content"u8)));
        Assert.Equal(algorithm, _service.Algorithms[^1]);
    }

    [Fact]
    public void A_token_is_asked_for_where_the_vault_says_so_and_in_its_directory()
    {
        using var opened = Open(TestKey.EcdsaP256).Key;

        Assert.Equal((_service.EndPoint.AbsoluteUri + ".default", "72f988bf-86f1-41af-91ab-2d7cd011db47"), _credential.Asked);
    }

    // A name with a slip in it, or one that somebody else has registered, would collect tokens that open every vault.
    [Theory]
    [InlineData("https://vault.azure.net")]
    [InlineData("https://example.test")]
    public void A_vault_that_asks_for_a_token_for_another_place_gets_none(string resource)
    {
        _service.ForeignResource = resource;

        Refused(_service.UriOf("site"), $"asks for a token for {resource}, which is another place");
        Assert.Null(_credential.Asked);
    }

    [Fact]
    public void No_RSA_key_exchange_is_served()
    {
        using var opened = Open(TestKey.Rsa2048).Key;

        Assert.False(opened.ServesRsaKeyExchange);
        Assert.Contains("no raw RSA operation", Assert.Throws<KeyStoreException>(() => opened.DecryptPremaster(new byte[256], 0x0303)).Message, StringComparison.Ordinal);
        Assert.Null(opened.ExportPkcs8());
    }

    [Fact]
    public void A_busy_vault_is_asked_again_and_named_where_it_stays_so()
    {
        using var opened = Open(TestKey.EcdsaP256).Key;
        _service.Busy = 1;
        Assert.NotEmpty(opened.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "content"u8));
        _service.Busy = 100;

        var error = Assert.Throws<KeyStoreException>(() => opened.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "content"u8));

        Assert.Contains("refused: 429 Throttled", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_service.Token, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_that_is_away_is_named()
    {
        using var opened = Open(TestKey.EcdsaP256).Key;
        await _service.DisposeAsync();

        Assert.Contains("cannot be asked", Assert.Throws<KeyStoreException>(() => opened.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "content"u8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_not_there_is_named() => Refused(_service.UriOf("missing"), "404 KeyNotFound", "missing");

    [Theory]
    [InlineData("azurekv:http://site.vault.azure.net/keys/site", "not https, so that whoever listens could use the key")]
    [InlineData("azurekv:https://site.vault.azure.net/secrets/site", "not the address of a key")]
    [InlineData("azurekv:site", "not the address of a key (expected azurekv:https://NAME.vault.azure.net/keys/KEY")]
    public void A_URI_with_a_slip_in_it_is_refused(string uri, string error) => Refused(uri, error);

    private OpenedKey Open(TestKey kind, bool inHardware = false)
    {
        _service.Add("site", Authority.IssueServer(kind, "site.test"), inHardware);
        Assert.True(KeyUri.TryParse(_service.UriOf("site"), out var uri));
        return _store.Open(uri!);
    }

    private void Refused(string text, params string[] errors)
    {
        Assert.True(KeyUri.TryParse(text, out var uri));
        var message = Assert.Throws<KeyStoreException>(() => _store.Open(uri!)).Message;
        Assert.All(errors, error => Assert.Contains(error, message, StringComparison.Ordinal));
    }

    private sealed class Credential(Func<string> token) : TokenCredential
    {
        public (string Scope, string? Tenant)? Asked { get; private set; }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Asked = (Assert.Single(requestContext.Scopes), requestContext.TenantId);
            return new AccessToken(token(), DateTimeOffset.UtcNow.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
