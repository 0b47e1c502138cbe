using Latchkey.Crypto;
using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Client.DelegatedCredentials;

/// <summary>What delegated credentials a site asks for.</summary>
public sealed record DelegatedCredentialTerms
{
    /// <summary>How long each is to live, in whole seconds: at least 1, at most <see cref="DelegatedCredential.MaxLifetime"/>. Default 2 hours. An owner's rule may allow less, and then refuses.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>The kind of key: ecdsa_secp256r1_sha256 (the default) or ecdsa_secp384r1_sha384. Clients that do not offer it are served by the certificate's key.</summary>
    public SignatureScheme Scheme { get; init; } = SignatureScheme.EcdsaSecp256r1Sha256;

    /// <summary>
    /// None is served for so long before its end, because clients' clocks differ: 5 minutes, or a quarter of a life that is shorter than 20.
    /// </summary>
    public TimeSpan Margin => Lifetime / 4 < TimeSpan.FromMinutes(5) ? Lifetime / 4 : TimeSpan.FromMinutes(5);
}
