using Latchkey.KeyStores;
using Latchkey.KeyStores.Files;
using Latchkey.KeyStores.Pkcs11;
using Latchkey.KeyStores.Tpm;

namespace Latchkey.Roles;

/// <summary>What opens keys that are within this machine's own reach, at a key server as at an edge: files, tokens, the TPM.</summary>
internal sealed class MachineKeyStores : IDisposable
{
    public IReadOnlyList<IKeyStore> All { get; } = [new FileKeyStore(), new Pkcs11KeyStore(), new TpmKeyStore()];

    public void Dispose()
    {
        foreach (var store in All)
            store.Dispose();
    }
}
