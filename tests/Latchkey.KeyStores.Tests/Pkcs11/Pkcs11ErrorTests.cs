using Latchkey.Crypto;
using Latchkey.KeyStores.Pkcs11;
using Latchkey.Testing;

namespace Latchkey.KeyStores.Tests.Pkcs11;

[Trait("Catalogue", "S2")]
public sealed class Pkcs11ErrorTests(SoftHsmFixture hsm)
{
    [Theory]
    [InlineData("token=site", "token=other", "no such token in /")]
    [InlineData("object=EcdsaP256", "object=other", "no such private key on the token")]
    [InlineData("object=EcdsaP256", "type=private", "several private keys are meant (expected object= or id= that tells them apart)")]
    [InlineData("object=EcdsaP256", "type=cert", "type is cert (expected private, or data for a part of a key)")]
    [InlineData("object=EcdsaP256", "label=x", "unknown attribute label (expected ")]
    [InlineData("x-sessions=4", "x-sessions=0", "x-sessions is 0 (expected a whole number from 1 to 1024)")]
    [InlineData("libsofthsm2.so", "none.so", "cannot be used as a PKCS#11 module")]
    [InlineData("?module-path=/", "?module-path=", "module-path is not an absolute path")]
    [InlineData("module-path=", "module-name=", "unknown attribute module-name (expected module-path, pin-source, x-sessions)")]
    [InlineData("pin-source=/", "pin-source=/none/", "cannot be read")]
    public void What_keeps_a_key_from_being_opened_is_one_line_with_what_was_expected(string old, string changed, string problem)
    {
        var uri = SoftHsmFixture.SoftHsmUri(TestKey.EcdsaP256).Replace(old, changed, StringComparison.Ordinal);

        var error = Assert.Throws<KeyStoreException>(() => hsm.Open(uri));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_pin_in_the_uri_is_refused_and_not_repeated()
    {
        var error = Assert.Throws<KeyStoreException>(() => hsm.Open("pkcs11:token=site;object=key?pin-value=1234&module-path=/x.so"));

        Assert.Contains("pin-value is not taken", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_pin_is_told_without_it_and_a_right_one_in_the_file_opens_the_key()
    {
        SoftHsm.SkipUnlessInstalled();
        var pinFile = SoftHsm.InThisProcess.Write("other-pin", "wrong-pin-1");
        var uri = SoftHsm.InThisProcess.Uri("locked", "key", pinFile: pinFile);

        var error = Assert.Throws<KeyStoreException>(() => hsm.Open(uri));
        File.WriteAllText(pinFile, SoftHsm.Pin);
        using var key = hsm.Open(uri).Key;

        Assert.Contains($"the PIN in {pinFile} is refused: C_Login says CKR_PIN_INCORRECT", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-pin-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operation_that_finds_all_sessions_taken_waits_and_then_says_so()
    {
        SoftHsm.SkipUnlessInstalled();
        Assert.True(KeyUri.TryParse(SoftHsmFixture.SoftHsmUri(TestKey.EcdsaP256, sessions: 1), out var uri));
        using var token = new Pkcs11Token(Pkcs11Uri.Parse(uri!));
        using var inside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var holder = Task.Factory.StartNew(
            () => token.Use((_, _) => { inside.Set(); leave.Wait(TestContext.Current.CancellationToken); return 0; }),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        inside.Wait(TestContext.Current.CancellationToken);

        var error = Assert.Throws<KeyStoreException>(() => token.Use((_, _) => 0));
        leave.Set();
        await holder;

        Assert.Contains("all 1 sessions are taken; waited 2 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, token.Use((_, _) => 0));
    }

    [Fact]
    public void A_key_of_a_kind_that_tls_does_not_use_is_refused_by_its_scheme()
    {
        using var key = hsm.Open(TestKey.EcdsaP256).Key;

        Assert.Throws<ArgumentException>(() => key.Sign(SignatureScheme.RsaPkcs1Sha256, "x"u8));
        Assert.Throws<ArgumentException>(() => key.DecryptRaw(new byte[256]));
    }
}
