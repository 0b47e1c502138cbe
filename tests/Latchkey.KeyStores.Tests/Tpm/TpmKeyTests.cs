using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyStores.Tpm;
using Latchkey.Testing;

namespace Latchkey.KeyStores.Tests.Tpm;

[Trait("Catalogue", "S1")]
public sealed class TpmKeyTests
{
    private static readonly TestAuthority Authority = TestAuthority.Create();
    private static readonly byte[] Message = "what is to be signed"u8.ToArray();

    [Fact]
    public async Task An_rsa_key_in_a_tpm_does_what_a_key_file_does()
    {
        SoftTpm.SkipUnlessInstalled();
        var site = Authority.IssueServer(TestKey.Rsa2048, "site.test");
        await using var tpm = await SoftTpm.StartAsync();
        await tpm.ImportAsync(site, "0x81000001");
        using var store = new TpmKeyStore();
        var opened = Open(store, $"tpm2:handle=0x81000001?device={tpm.Device}");
        using var key = opened.Key;
        using var inFile = CryptoProvider.Default.ImportPrivateKey(site.PrivateKey);
        using var verifier = CryptoProvider.Default.ImportPublicKey(inFile.SubjectPublicKeyInfo.Span);

        Assert.Equal(($"tpm {tpm.Device}", 1), (opened.Device, opened.Concurrency));
        Assert.Equal(inFile.SubjectPublicKeyInfo.ToArray(), key.SubjectPublicKeyInfo.ToArray());
        Assert.Equal(inFile.Sign(SignatureScheme.RsaPkcs1Sha384, Message), key.Sign(SignatureScheme.RsaPkcs1Sha384, Message));
        foreach (var scheme in new[] { SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512 })
            Assert.True(verifier.Verify(scheme, Message, key.Sign(scheme, Message)));
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        using var rsa = site.WithoutPrivateKey().PublicKey.GetRSAPublicKey()!;
        using var good = key.DecryptPremaster(rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1), 0x0303);
        var wrong = rsa.Encrypt(new byte[48], RSAEncryptionPadding.Pkcs1);
        using var bad = key.DecryptPremaster(wrong, 0x0303);
        using var badOfFile = inFile.DecryptPremaster(wrong, 0x0303);
        Assert.Equal(premaster, good.Span.ToArray());
        Assert.Equal(badOfFile.Span.ToArray(), bad.Span.ToArray());
    }

    [Fact]
    public async Task Keys_of_all_kinds_sign_from_a_handle_with_an_authorization_and_from_a_wrapped_file()
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        var p256 = Authority.IssueServer(TestKey.EcdsaP256, "p256.test");
        var p384 = Authority.IssueServer(TestKey.EcdsaP384, "p384.test");
        var signing = Authority.IssueServer(TestKey.Rsa2048, "rsa.test");
        await tpm.ImportAsync(p256, "0x81000002", "sign", "a-secret");
        var p384File = await tpm.ImportToFileAsync(p384, "sign");
        var signingFile = await tpm.ImportToFileAsync(signing, "sign");
        var secret = tpm.Write("auth", "a-secret\n");
        var wrong = tpm.Write("wrong", "another\n");
        using var store = new TpmKeyStore();

        using var first = Open(store, $"tpm2:handle=0x81000002?device={tpm.Device}&auth-source={secret}").Key;
        using var second = Open(store, $"tpm2:object={p384File}?device={tpm.Device}").Key;
        using var third = Open(store, $"tpm2:object={signingFile}?device={tpm.Device}").Key;
        var refused = Assert.Throws<KeyStoreException>(() => Open(store, $"tpm2:handle=0x81000002?device={tpm.Device}&auth-source={wrong}"));

        AssertSigns(first, SignatureScheme.EcdsaSecp256r1Sha256);
        AssertSigns(second, SignatureScheme.EcdsaSecp384r1Sha384);
        AssertSigns(third, SignatureScheme.RsaPkcs1Sha256);
        Assert.Contains("the authorization value is wrong", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another", refused.Message, StringComparison.Ordinal);
        Assert.Contains("does not decrypt", Assert.Throws<KeyStoreException>(() => third.DecryptPremaster(new byte[256], 0x0303)).Message, StringComparison.Ordinal);
    }

    // Without a resource manager there are three slots (0x902).
    [Fact]
    public async Task More_wrapped_keys_than_the_tpm_has_slots_take_turns_in_them()
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        var files = new List<string>();
        for (var i = 0; i < 5; i++)
            files.Add(await tpm.ImportToFileAsync(Authority.IssueServer(TestKey.EcdsaP256, $"site{i}.test"), "sign"));
        using var store = new TpmKeyStore();

        var keys = files.ConvertAll(file => Open(store, $"tpm2:object={file}?device={tpm.Device}").Key);

        for (var round = 0; round < 3; round++)
            keys.ForEach(key => AssertSigns(key, SignatureScheme.EcdsaSecp256r1Sha256));
        await Task.WhenAll(keys.Select(key => Task.Run(() => AssertSigns(key, SignatureScheme.EcdsaSecp256r1Sha256), TestContext.Current.CancellationToken)));
        keys.ForEach(key => key.Dispose());
    }

    [Fact]
    public async Task A_tpm_that_is_killed_gives_clear_errors_and_serves_again_when_it_is_back()
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        var site = Authority.IssueServer(TestKey.EcdsaP256, "site.test");
        await tpm.ImportAsync(site, "0x81000001", "sign");
        var file = await tpm.ImportToFileAsync(site, "sign");
        using var store = new TpmKeyStore();
        using var persistent = Open(store, $"tpm2:handle=0x81000001?device={tpm.Device}").Key;
        using var loaded = Open(store, $"tpm2:object={file}?device={tpm.Device}").Key;

        await tpm.KillAsync();
        var error = Assert.Throws<KeyStoreException>(() => persistent.Sign(SignatureScheme.EcdsaSecp256r1Sha256, Message));
        await tpm.RestartAsync();

        Assert.Contains($"tpm {tpm.Device}: out of reach", error.Message, StringComparison.Ordinal);
        AssertSigns(persistent, SignatureScheme.EcdsaSecp256r1Sha256);
        AssertSigns(loaded, SignatureScheme.EcdsaSecp256r1Sha256);
    }

    [Theory]
    [InlineData("tpm2:handle=0x81000009", "no such object")]
    [InlineData("tpm2:handle=0x80000001", "not a persistent handle (expected one such as 0x81000001)")]
    [InlineData("tpm2:handle=0x81000001;object=/x", "expected one of handle=0x81000001 and object=/path/of/the/key")]
    [InlineData("tpm2:object=/none.tpm", "/none.tpm: cannot be read")]
    [InlineData("tpm2:object=x.tpm", "have to be absolute paths")]
    [InlineData("tpm2:name=x", "unknown attribute name (expected handle, object, sealed)")]
    public async Task What_keeps_a_key_from_being_opened_is_one_line_with_what_was_expected(string uri, string problem)
    {
        await using var tpm = await SoftTpm.StartAsync();
        using var store = new TpmKeyStore();

        var error = Assert.Throws<KeyStoreException>(() => Open(store, $"{uri}?device={tpm.Device}"));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static void AssertSigns(PrivateKey key, SignatureScheme scheme)
    {
        using var verifier = CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
        Assert.True(verifier.Verify(scheme, Message, key.Sign(scheme, Message)));
    }

    private static OpenedKey Open(TpmKeyStore store, string uri)
    {
        Assert.True(KeyUri.TryParse(uri, out var parsed));
        return store.Open(parsed!);
    }
}
