using Latchkey.Client.DelegatedCredentials;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls;

namespace Latchkey.Configuration;

/// <summary>Reads a site's <c>delegatedCredentials</c>: true, false, or an object (docs/delegated-credentials.md).</summary>
internal static class DelegatedCredentialsConfigReader
{
    private static readonly SignatureScheme[] Schemes = [SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.EcdsaSecp384r1Sha384];

    /// <returns>null: the certificate's own key signs every handshake.</returns>
    public static DelegatedCredentialTerms? Read(ConfigurationValue value, string custody, TlsVersion highest)
    {
        if (!value.Exists || (value.IsText && !value.Boolean(false)))
            return null;
        if (custody != CustodyNames.Signature)
            throw value.Error($"does not go with custody {custody}: with a delegated credential the edge has everything of a handshake but the certificate's key (expected custody {CustodyNames.Signature})");
        if (highest < TlsVersion.Tls13)
            throw value.Error("stands beside maxVersion 1.2, and only TLS 1.3 has delegated credentials (expected maxVersion 1.3)");
        if (!value.IsText)
            value.Only("lifetimeSeconds", "scheme");
        const int twoHours = 2 * 3600, sevenDays = 7 * 24 * 3600;
        return new DelegatedCredentialTerms
        {
            Lifetime = TimeSpan.FromSeconds(value["lifetimeSeconds"].Number(twoHours, 2, sevenDays)),
            Scheme = ReadScheme(value["scheme"]),
        };
    }

    private static SignatureScheme ReadScheme(ConfigurationValue value)
    {
        var word = value.Choice(PolicyWords.Of(Schemes[0]), [.. Schemes.Select(PolicyWords.Of)]);
        return Array.Find(Schemes, scheme => PolicyWords.Of(scheme) == word);
    }
}
