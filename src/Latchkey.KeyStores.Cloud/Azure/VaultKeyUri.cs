using System.Net;

namespace Latchkey.KeyStores.Cloud.Azure;

/// <summary><c>azurekv:https://NAME.vault.azure.net/keys/KEY</c> or <c>…/KEY/VERSION</c>; a Managed HSM has <c>NAME.managedhsm.azure.net</c>.</summary>
internal static class VaultKeyUri
{
    /// <exception cref="KeyStoreException">Not the address of a key, or one whose token would travel in the clear.</exception>
    public static Uri Parse(KeyUri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        const string expected = "expected azurekv:https://NAME.vault.azure.net/keys/KEY, with a version behind it or not";
        if (!Uri.TryCreate(uri.Rest, UriKind.Absolute, out var address) || address.Query.Length > 0
            || address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) is not (["keys", _] or ["keys", _, _]))
        {
            throw new KeyStoreException($"{uri}: not the address of a key ({expected})");
        }
        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip)))
            throw new KeyStoreException($"{uri}: not https, so that whoever listens could use the key ({expected})");
        return address;
    }
}
