using Latchkey.KeyStores.Pkcs11;
using Latchkey.KeyStores.Tests.Pkcs11;
using Latchkey.Testing;

[assembly: AssemblyFixture(typeof(SoftHsmFixture))]

namespace Latchkey.KeyStores.Tests.Pkcs11;

/// <summary>A token with one key of each kind, in the SoftHSM of this process; empty where SoftHSM is not installed.</summary>
public sealed class SoftHsmFixture : IAsyncLifetime, IDisposable
{
    private readonly TestAuthority _authority = TestAuthority.Create();

    public IReadOnlyDictionary<TestKey, TestCertificate> Keys { get; private set; } = new Dictionary<TestKey, TestCertificate>();

    public Pkcs11KeyStore Store { get; } = new();

    public async ValueTask InitializeAsync()
    {
        if (Tool.Find("softhsm2-util") is null)
            return;
        Keys = new[] { TestKey.Rsa2048, TestKey.EcdsaP256, TestKey.EcdsaP384 }.ToDictionary(kind => kind, kind => _authority.IssueServer(kind, $"{kind}.test"));
        var hsm = SoftHsm.InThisProcess;
        await hsm.AddTokenAsync("site");
        await hsm.AddTokenAsync("locked");
        await hsm.AddTokenAsync("lost");
        foreach (var (kind, certificate) in Keys)
            await hsm.ImportAsync("site", certificate, kind.ToString(), $"A{(int)kind}");
        await hsm.ImportAsync("locked", Keys[TestKey.EcdsaP256], "key", "01");
        await hsm.ImportAsync("lost", Keys[TestKey.EcdsaP256], "key", "01");
    }

    /// <summary>The key of a kind; the test is skipped where there is no SoftHSM.</summary>
    public OpenedKey Open(TestKey kind, int sessions = 4) => Open(SoftHsmUri(kind, sessions));

    public OpenedKey Open(string uri)
    {
        SoftHsm.SkipUnlessInstalled();
        Assert.True(KeyUri.TryParse(uri, out var parsed));
        return Store.Open(parsed!);
    }

    public static string SoftHsmUri(TestKey kind, int sessions = 4)
    {
        SoftHsm.SkipUnlessInstalled();
        return SoftHsm.InThisProcess.Uri("site", kind.ToString(), sessions);
    }

    public void Dispose()
    {
        Store.Dispose();
        _authority.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
