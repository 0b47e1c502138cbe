using System.Net.Http.Headers;

namespace Latchkey.KeyStores.Cloud.Azure;

/// <summary>How a vault says which token it wants: <c>WWW-Authenticate: Bearer authorization="https://login…/TENANT", resource="https://vault.azure.net"</c>.</summary>
/// <param name="Scope">What a token is asked for.</param>
/// <param name="Tenant">In which directory; null: the credential's own.</param>
internal sealed record VaultChallenge(string Scope, string? Tenant)
{
    /// <summary>
    /// Reads the challenge of this vault's answer. One that asks for a token for somewhere else is refused: a vault address with a slip in it must not collect tokens that open others.
    /// </summary>
    /// <exception cref="KeyStoreException">None, or for another place.</exception>
    public static VaultChallenge Read(HttpResponseMessage answer, Uri vault)
    {
        foreach (var header in answer.Headers.WwwAuthenticate)
        {
            if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && header.Parameter is { } text && Read(text, vault) is { } challenge)
                return challenge;
        }
        throw new KeyStoreException($"{vault.Authority} answered 401 without saying which token it wants (expected WWW-Authenticate: Bearer with resource or scope)");
    }

    private static VaultChallenge? Read(string text, Uri vault)
    {
        var parameters = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => NameValueHeaderValue.TryParse(part, out var parsed) ? parsed : null)
            .OfType<NameValueHeaderValue>()
            .ToLookup(parameter => parameter.Name, parameter => parameter.Value?.Trim('"'), StringComparer.OrdinalIgnoreCase);
        var resource = parameters["resource"].FirstOrDefault() ?? parameters["scope"].FirstOrDefault()?.Replace("/.default", "", StringComparison.Ordinal);
        if (resource is null)
            return null;
        if (!Uri.TryCreate(resource, UriKind.Absolute, out var address) || !Covers(address.Host, vault.Host))
            throw new KeyStoreException($"{vault.Authority} asks for a token for {resource}, which is another place");
        var authorization = parameters["authorization"].FirstOrDefault() ?? parameters["authorization_uri"].FirstOrDefault();
        var tenant = Uri.TryCreate(authorization, UriKind.Absolute, out var login) ? login.AbsolutePath.Trim('/').Split('/')[0] : null;
        return new VaultChallenge(resource.TrimEnd('/') + "/.default", tenant is { Length: > 0 } ? tenant : null);
    }

    private static bool Covers(string resource, string vault) =>
        vault.Equals(resource, StringComparison.OrdinalIgnoreCase) || vault.EndsWith("." + resource, StringComparison.OrdinalIgnoreCase);
}
