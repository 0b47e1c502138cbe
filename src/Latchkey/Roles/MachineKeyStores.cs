using Latchkey.KeyStores;
using Latchkey.KeyStores.Cloud.Aws;
using Latchkey.KeyStores.Cloud.Azure;
using Latchkey.KeyStores.Files;
using Latchkey.KeyStores.Pkcs11;
using Latchkey.KeyStores.Tpm;

namespace Latchkey.Roles;

/// <summary>What opens keys for this machine, at a key server as at an edge: files, tokens, the TPM, the clouds' key services.</summary>
internal sealed class MachineKeyStores : IDisposable
{
    public IReadOnlyList<IKeyStore> All { get; } = [new FileKeyStore(), new Pkcs11KeyStore(), new TpmKeyStore(), new AwsKmsKeyStore(), new AzureVaultKeyStore()];

    public void Dispose()
    {
        foreach (var store in All)
            store.Dispose();
    }
}
