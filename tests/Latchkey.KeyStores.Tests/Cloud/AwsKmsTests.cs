using Latchkey.Crypto;
using Latchkey.KeyStores.Cloud.Aws;
using Latchkey.Testing;
using Latchkey.Testing.Cloud;

namespace Latchkey.KeyStores.Tests.Cloud;

/// <summary>Keys in AWS KMS, as its documented calls have them; the stand-in recomputes each request's signature.</summary>
[Trait("Catalogue", "S2")]
public sealed class AwsKmsTests : IAsyncLifetime
{
    private static readonly TestAuthority Authority = TestAuthority.Create();
    private readonly KmsStandIn _service = new();
    private readonly AwsKmsKeyStore _store = new();

    static AwsKmsTests()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", KmsStandIn.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", KmsStandIn.SecretKey);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, "ECDSA_SHA_256")]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp384r1Sha384, "ECDSA_SHA_256")]
    [InlineData(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp384r1Sha384, "ECDSA_SHA_384")]
    [InlineData(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp256r1Sha256, "ECDSA_SHA_384")]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, "RSASSA_PSS_SHA_256")]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha384, "RSASSA_PSS_SHA_384")]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha512, "RSASSA_PSS_SHA_512")]
    [InlineData(TestKey.Rsa3072, SignatureScheme.RsaPkcs1Sha256, "RSASSA_PKCS1_V1_5_SHA_256")]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha384, "RSASSA_PKCS1_V1_5_SHA_384")]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha512, "RSASSA_PKCS1_V1_5_SHA_512")]
    public void What_a_key_signs_verifies(TestKey kind, SignatureScheme scheme, string algorithm)
    {
        using var opened = Open(kind).Key;
        using var verifier = CryptoProvider.Default.ImportPublicKey(opened.SubjectPublicKeyInfo.Span);

        var signature = opened.Sign(scheme, "content"u8);

        Assert.True(verifier.Verify(scheme, "content"u8, signature));
        Assert.Equal(algorithm, _service.Algorithms[^1]);
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
    public void A_busy_service_is_asked_again()
    {
        using var opened = Open(TestKey.EcdsaP256).Key;
        _service.Busy = 1;

        Assert.NotEmpty(opened.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "content"u8));
    }

    [Fact]
    public void A_service_that_stays_busy_is_named()
    {
        using var opened = Open(TestKey.EcdsaP256).Key;
        _service.Busy = 100;

        var error = Assert.Throws<KeyStoreException>(() => opened.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "content"u8));

        Assert.Contains("AWS KMS refused: ThrottlingException", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(KmsStandIn.SecretKey, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_away_is_named()
    {
        using var opened = Open(TestKey.EcdsaP256).Key;
        await _service.DisposeAsync();

        Assert.Contains("AWS KMS cannot be asked", Assert.Throws<KeyStoreException>(() => opened.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "content"u8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_not_there_is_named() => Refused(_service.UriOf("missing"), "alias/missing", "NotFoundException");

    [Fact]
    public void A_key_that_decrypts_is_not_one_that_signs()
    {
        _service.Add("decrypts", Authority.IssueServer(TestKey.Rsa2048, "site.test"), "ENCRYPT_DECRYPT");

        Refused(_service.UriOf("decrypts"), "the key is for ENCRYPT_DECRYPT (expected one for SIGN_VERIFY)");
    }

    [Fact]
    public void A_key_whose_signatures_do_not_verify_is_not_opened()
    {
        _service.Add("site", Authority.IssueServer(TestKey.Rsa2048, "site.test"));
        _service.IsFaulty = true;

        Refused(_service.UriOf("site"), "do not verify");
    }

    // A region of another signature scope than the service's: what it recomputes is another signature.
    [Fact]
    public void A_request_signed_for_another_region_is_refused()
    {
        _service.Add("site", Authority.IssueServer(TestKey.EcdsaP256, "site.test"));

        Refused(_service.UriOf("site").Replace(KmsStandIn.Region, "us-east-1", StringComparison.Ordinal), "InvalidSignatureException");
    }

    [Theory]
    [InlineData("awskms:alias/site?regio=x", "unknown attribute regio (expected region, endpoint, profile)")]
    [InlineData("awskms:?region=eu-central-1", "no key (expected awskms:alias/NAME?region=REGION, or the key's ARN)")]
    [InlineData("awskms:arn:aws:s3:::bucket/x", "not the ARN of a KMS key (expected arn:aws:kms:REGION:ACCOUNT:key/ID)")]
    public void A_URI_with_a_slip_in_it_is_refused(string uri, string error) => Refused(uri, error);

    [Fact]
    public void The_region_is_in_the_ARN()
    {
        Assert.True(KeyUri.TryParse("awskms:arn:aws:kms:eu-west-3:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", out var uri));

        var parsed = AwsKmsUri.Parse(uri!);

        Assert.Equal("eu-west-3", parsed.Account.Region);
        Assert.Equal("arn:aws:kms:eu-west-3:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", parsed.KeyId);
    }

    private OpenedKey Open(TestKey kind)
    {
        _service.Add("site", Authority.IssueServer(kind, "site.test"));
        Assert.True(KeyUri.TryParse(_service.UriOf("site"), out var uri));
        return _store.Open(uri!);
    }

    private void Refused(string text, params string[] errors)
    {
        Assert.True(KeyUri.TryParse(text, out var uri));
        var message = Assert.Throws<KeyStoreException>(() => _store.Open(uri!)).Message;
        Assert.All(errors, error => Assert.Contains(error, message, StringComparison.Ordinal));
    }
}
