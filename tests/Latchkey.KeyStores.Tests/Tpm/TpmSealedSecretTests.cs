using Latchkey.Crypto;
using Latchkey.KeyStores.Tpm;
using Latchkey.Testing;

namespace Latchkey.KeyStores.Tests.Tpm;

/// <summary>Parts of keys sealed by a TPM, which are longer than what a TPM seals.</summary>
[Trait("Catalogue", "S4")]
public sealed class TpmSealedSecretTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_part_is_sealed_and_read_back_also_after_the_tpm_was_restarted()
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        using var store = new TpmKeyStore();
        using var part = SecretBytes.Random(1900);
        var uri = Uri(tpm);

        store.WriteSecret(uri, part);
        for (var i = 0; i < 5; i++)
            AssertReads(store, uri, part);
        await tpm.KillAsync();
        await tpm.RestartAsync();
        AssertReads(store, uri, part);

        var file = await File.ReadAllTextAsync(_folder.File("site.sealed"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Convert.ToBase64String(part.Span[..30]), file, StringComparison.Ordinal);
        Assert.Contains("cannot be written", Assert.Throws<KeyStoreException>(() => store.WriteSecret(uri, part)).Message, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("site.sealed")));
    }

    [Fact]
    public async Task Another_tpm_does_not_open_it()
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        await using var other = await SoftTpm.StartAsync();
        using var store = new TpmKeyStore();
        using var part = SecretBytes.Random(300);
        store.WriteSecret(Uri(tpm), part);

        var error = Assert.Throws<KeyStoreException>(() => store.ReadSecret(Uri(other)));

        Assert.Contains("wrapped by another TPM or parent, or altered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_with_an_authorization_is_opened_with_it_alone()
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        using var store = new TpmKeyStore();
        using var part = SecretBytes.Random(300);
        var right = Uri(tpm, $"&auth-source={_folder.Write("right", "a-secret\n")}");
        var wrong = Uri(tpm, $"&auth-source={_folder.Write("wrong", "another\n")}");
        store.WriteSecret(right, part);

        AssertReads(store, right, part);
        Assert.Contains("the authorization value is wrong", Assert.Throws<KeyStoreException>(() => store.ReadSecret(wrong)).Message, StringComparison.Ordinal);
        Assert.Contains("the authorization value is wrong", Assert.Throws<KeyStoreException>(() => store.ReadSecret(Uri(tpm))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LATCHKEY SEALED SECRET", "does not belong to the key sealed in it")]
    [InlineData("TSS2 PRIVATE KEY", "")]
    public async Task An_altered_file_is_found_out(string block, string problem)
    {
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        using var store = new TpmKeyStore();
        using var part = SecretBytes.Random(300);
        store.WriteSecret(Uri(tpm), part);
        var file = _folder.File("site.sealed");
        var text = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ToCharArray();
        var place = new string(text).IndexOf($"-----END {block}", StringComparison.Ordinal) - 20;
        text[place] = text[place] == 'A' ? 'B' : 'A';
        await File.WriteAllTextAsync(file, new string(text), TestContext.Current.CancellationToken);

        Assert.Contains(problem, Assert.Throws<KeyStoreException>(() => store.ReadSecret(Uri(tpm))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tpm2:sealed=/none.sealed", "/none.sealed: cannot be read")]
    [InlineData("tpm2:sealed=none.sealed", "have to be absolute paths")]
    [InlineData("tpm2:handle=0x81000001?parent=0x81000001", "parent stands without sealed")]
    [InlineData("tpm2:handle=0x81000001", "no part of a key is kept there (expected ")]
    [InlineData("file:/etc/site.key", "no part of a key is kept there (expected ")]
    [InlineData("awskms:key", "no key store opens awskms:")]
    public void What_keeps_a_part_from_being_read_is_one_line_with_what_was_expected(string uri, string problem)
    {
        using var tpm = new TpmKeyStore();
        using var files = new Files.FileKeyStore();

        var error = Assert.Throws<KeyStoreException>(() => new KeyStoreSet([tpm, files]).ReadSecret(uri));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static void AssertReads(TpmKeyStore store, KeyUri uri, SecretBytes part)
    {
        using var read = store.ReadSecret(uri);
        Assert.True(read.FixedTimeEquals(part.Span));
    }

    private KeyUri Uri(SoftTpm tpm, string more = "")
    {
        Assert.True(KeyUri.TryParse($"tpm2:sealed={_folder.File("site.sealed")}?device={tpm.Device}&parent={SoftTpm.Parent}{more}", out var uri));
        return uri!;
    }
}
