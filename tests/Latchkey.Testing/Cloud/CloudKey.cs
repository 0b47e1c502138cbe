using System.Security.Cryptography;

namespace Latchkey.Testing.Cloud;

/// <summary>A site's key, in a service's hands.</summary>
internal static class CloudKey
{
    public static (AsymmetricAlgorithm Key, string Spec) Import(TestCertificate site)
    {
        if (site.Key.ToString().StartsWith("Rsa", StringComparison.Ordinal))
        {
            var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(site.PrivateKey, out _);
            return (rsa, "RSA");
        }
        var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(site.PrivateKey, out _);
        return (ecdsa, $"ECC_NIST_P{ecdsa.KeySize}");
    }
}
