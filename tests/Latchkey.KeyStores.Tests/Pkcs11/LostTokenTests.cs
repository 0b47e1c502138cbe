using System.Diagnostics;
using Latchkey.Crypto;
using Latchkey.Testing;

namespace Latchkey.KeyStores.Tests.Pkcs11;

[Trait("Catalogue", "S2")]
public sealed class LostTokenTests(SoftHsmFixture hsm)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_whose_process_is_killed_gives_clear_errors_and_serves_again_when_it_is_back()
    {
        RemoteToken.SkipUnlessInstalled();
        await using var remote = new RemoteToken(SoftHsm.InThisProcess);
        await remote.StartAsync();
        using var key = hsm.Open(SoftHsm.InThisProcess.Uri("lost", "key", module: RemoteToken.Module)).Key;
        using var verifier = CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
        Sign();

        await remote.KillAsync();
        var error = Assert.Throws<KeyStoreException>(Sign);
        Assert.Matches("pkcs11.*lost.*(CKR_|no such token)", error.Message);
        Assert.DoesNotContain(SoftHsm.Pin, error.Message, StringComparison.Ordinal);

        await remote.StartAsync();
        var back = Stopwatch.StartNew();
        while (!TrySign())
        {
            Assert.True(back.Elapsed < TimeSpan.FromSeconds(20), "it does not come back");
            await Task.Delay(50, Cancel);
        }

        void Sign() => Assert.True(verifier.Verify(SignatureScheme.EcdsaSecp256r1Sha256, "x"u8, key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "x"u8)));

        bool TrySign()
        {
            try
            {
                Sign();
                return true;
            }
            catch (KeyStoreException)
            {
                return false;
            }
        }
    }
}
