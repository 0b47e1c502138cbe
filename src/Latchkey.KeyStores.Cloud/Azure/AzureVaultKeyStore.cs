using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;

namespace Latchkey.KeyStores.Cloud.Azure;

/// <summary>
/// <c>azurekv:</c>: keys in Azure Key Vault or Managed HSM (catalogue S2), by their REST calls. Credentials come the usual way (environment, workload or managed identity), never from the URI.
/// </summary>
/// <param name="credential">null: <see cref="DefaultAzureCredential"/>.</param>
public sealed class AzureVaultKeyStore(TokenCredential? credential = null) : IKeyStore
{
    /// <summary>Requests under way to one vault.</summary>
    private const int Concurrency = 32;

    private readonly Lazy<TokenCredential> _credential = new(() => credential ?? new DefaultAzureCredential());
    private readonly ConcurrentDictionary<string, VaultClient> _vaults = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public string Scheme => "azurekv";

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri)
    {
        var address = VaultKeyUri.Parse(uri);
        var client = _vaults.GetOrAdd(address.Authority, _ => new VaultClient(address, _credential.Value));
        return new OpenedKey(DeviceCheck.Open(uri, () => AzureVaultKey.Open(client, address, uri.ToString())), $"Azure vault {address.Authority}", Concurrency);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var vault in _vaults.Values)
            vault.Dispose();
        _vaults.Clear();
    }
}
