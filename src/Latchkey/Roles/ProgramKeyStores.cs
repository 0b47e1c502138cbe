using Latchkey.KeyStores;
using Latchkey.KeyStores.Files;
using Latchkey.KeyStores.Pkcs11;

namespace Latchkey.Roles;

/// <summary>What opens the keys that a configuration names by URIs: one store for each scheme, all that this program has.</summary>
internal sealed class ProgramKeyStores : IDisposable
{
    public IReadOnlyList<IKeyStore> All { get; } = [new FileKeyStore(), new Pkcs11KeyStore()];

    public void Dispose()
    {
        foreach (var store in All)
            store.Dispose();
    }
}
