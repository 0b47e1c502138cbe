using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Client.DelegatedCredentials;

/// <summary>A key pair for one delegated credential, made here and never written anywhere. Disposing wipes it.</summary>
internal sealed class CredentialPair : IDisposable
{
    private CredentialPair(PrivateKey key, PublicKey publicKey)
    {
        Private = key;
        Public = publicKey;
    }

    public PrivateKey Private { get; }

    public PublicKey Public { get; }

    /// <exception cref="ArgumentOutOfRangeException">No such keys are made here.</exception>
    public static CredentialPair Create(SignatureScheme scheme)
    {
        using var pair = ECDsa.Create(scheme switch
        {
            SignatureScheme.EcdsaSecp256r1Sha256 => ECCurve.NamedCurves.nistP256,
            SignatureScheme.EcdsaSecp384r1Sha384 => ECCurve.NamedCurves.nistP384,
            _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "Delegated credentials have keys of P-256 or P-384."),
        });
        var pkcs8 = pair.ExportPkcs8PrivateKey();
        try
        {
            var publicHalf = pair.ExportSubjectPublicKeyInfo();
            return new CredentialPair(CryptoProvider.Default.ImportTransientPrivateKey(pkcs8, publicHalf), CryptoProvider.Default.ImportPublicKey(publicHalf));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    public void Dispose()
    {
        Private.Dispose();
        Public.Dispose();
    }
}
