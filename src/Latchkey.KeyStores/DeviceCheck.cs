using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.KeyStores;

/// <summary>Makes sure when a key is opened that it signs, and what its public half says.</summary>
internal static class DeviceCheck
{
    /// <exception cref="KeyStoreException">It does not, or is of a kind that is not supported.</exception>
    public static DeviceKey Open(KeyUri uri, Func<DeviceKey> open)
    {
        DeviceKey? key = null;
        try
        {
            key = open();
            var scheme = key.Algorithm == KeyAlgorithm.Rsa ? SignatureScheme.RsaPkcs1Sha256 : SignatureScheme.EcdsaSecp256r1Sha256;
            using var publicHalf = CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
            return publicHalf.Verify(scheme, "key check"u8, key.Sign(scheme, "key check"u8))
                ? key
                : throw new KeyStoreException($"{uri}: its signatures do not verify with the public half that stands beside it");
        }
        catch (Exception e) when (e is KeyStoreException or CryptographicException)
        {
            key?.Dispose();
            throw e as KeyStoreException ?? new KeyStoreException($"{uri}: {e.Message}", e);
        }
    }
}
