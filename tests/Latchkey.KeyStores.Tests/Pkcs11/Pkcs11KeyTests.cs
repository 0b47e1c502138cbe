using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;

namespace Latchkey.KeyStores.Tests.Pkcs11;

[Trait("Catalogue", "S2")]
public sealed class Pkcs11KeyTests(SoftHsmFixture hsm)
{
    private static readonly byte[] Message = "what is to be signed"u8.ToArray();

    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha384)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha512)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha384)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha512)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256)]
    [InlineData(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp384r1Sha384)]
    public void A_key_on_a_token_signs_as_tls_wants_it(TestKey kind, SignatureScheme scheme)
    {
        using var key = hsm.Open(kind).Key;
        using var verifier = CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
        using var certificate = hsm.Keys[kind].WithoutPrivateKey();

        var signature = key.Sign(scheme, Message);

        Assert.Equal(certificate.PublicKey.ExportSubjectPublicKeyInfo(), key.SubjectPublicKeyInfo.ToArray());
        Assert.True(verifier.Verify(scheme, Message, signature));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Md5Sha1)]
    [InlineData(DigestAlgorithm.Sha1)]
    [InlineData(DigestAlgorithm.Sha224)]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    [InlineData(DigestAlgorithm.Sha512)]
    public void A_token_signs_digests_as_a_key_file_does(DigestAlgorithm digest)
    {
        using var inToken = hsm.Open(TestKey.Rsa2048).Key;
        using var inFile = CryptoProvider.Default.ImportPrivateKey(hsm.Keys[TestKey.Rsa2048].PrivateKey);
        var hash = RandomNumberGenerator.GetBytes(digest.SizeInBytes());

        Assert.Equal(inFile.SignDigest(digest, SignaturePadding.Pkcs1, hash), inToken.SignDigest(digest, SignaturePadding.Pkcs1, hash));
    }

    [Fact]
    public void A_token_decrypts_raw_as_a_key_file_does()
    {
        using var inToken = hsm.Open(TestKey.Rsa2048).Key;
        using var inFile = CryptoProvider.Default.ImportPrivateKey(hsm.Keys[TestKey.Rsa2048].PrivateKey);
        var ciphertext = RandomNumberGenerator.GetBytes(256);
        ciphertext[0] = 0;

        using var expected = inFile.DecryptRaw(ciphertext);
        using var decrypted = inToken.DecryptRaw(ciphertext);

        Assert.Equal(expected.Span.ToArray(), decrypted.Span.ToArray());
    }

    [Fact]
    public async Task Many_threads_share_the_sessions_of_a_token()
    {
        using var key = hsm.Open(TestKey.EcdsaP256, sessions: 2).Key;
        using var verifier = CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span);

        var signatures = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Factory.StartNew(
            () => key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, Message), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.All(signatures, signature => Assert.True(verifier.Verify(SignatureScheme.EcdsaSecp256r1Sha256, Message, signature)));
    }

    [Fact]
    public void Keys_of_one_token_share_its_places()
    {
        var first = hsm.Open(TestKey.EcdsaP256);
        var second = hsm.Open(TestKey.Rsa2048);

        Assert.Equal(("pkcs11 token \"site\"", 4), (first.Device, first.Concurrency));
        Assert.Equal(first.Device, second.Device);
        first.Key.Dispose();
        second.Key.Dispose();
    }

    [Fact]
    public void A_key_is_found_by_its_id_too()
    {
        using var key = hsm.Open(SoftHsmFixture.SoftHsmUri(TestKey.EcdsaP384).Replace("object=EcdsaP384", $"id=%a{(int)TestKey.EcdsaP384}", StringComparison.Ordinal)).Key;

        Assert.Equal(KeyAlgorithm.EcdsaP384, key.Algorithm);
    }

    [Fact]
    public void A_part_of_a_key_is_kept_as_a_data_object()
    {
        SoftHsm.SkipUnlessInstalled();
        Assert.True(KeyUri.TryParse(SoftHsm.InThisProcess.Uri("site", $"part-{Guid.NewGuid():N}").Replace("?", ";type=data?", StringComparison.Ordinal), out var uri));
        using var part = SecretBytes.Random(1200);

        hsm.Store.WriteSecret(uri!, part);
        using var read = hsm.Store.ReadSecret(uri!);

        Assert.True(part.FixedTimeEquals(read.Span));
        Assert.Contains("there is one already", Assert.Throws<KeyStoreException>(() => hsm.Store.WriteSecret(uri!, part)).Message, StringComparison.Ordinal);
    }
}
