using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.DelegatedCredentials;

/// <summary>A delegated credential with the key that it is about. Immutable.</summary>
public sealed class ServedCredential
{
    private const string CustodyName = "delegated-credential";

    /// <param name="credential">What clients are sent.</param>
    /// <param name="publicKey">Its key. Lent.</param>
    /// <param name="key">The private half, in this process. Lent.</param>
    /// <exception cref="ArgumentException">The key is not the credential's, or of a kind that is not delegated to.</exception>
    public ServedCredential(DelegatedCredential credential, PublicKey publicKey, PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(credential);
        ArgumentNullException.ThrowIfNull(publicKey);
        ArgumentNullException.ThrowIfNull(key);
        if (!DelegatedCredential.IsSuitable(credential.Scheme) || !SignatureSchemeChoice.Suits(credential.Scheme, publicKey.Algorithm, TlsVersion.Tls13))
            throw new ArgumentException($"A key of the kind {publicKey.Algorithm} that signs by {credential.Scheme} is not delegated to.", nameof(credential));
        if (!key.SubjectPublicKeyInfo.Span.SequenceEqual(credential.SubjectPublicKeyInfo.Span) || !publicKey.SubjectPublicKeyInfo.Span.SequenceEqual(credential.SubjectPublicKeyInfo.Span))
            throw new ArgumentException("The key is not that of the credential.", nameof(key));
        Credential = credential;
        PublicKey = publicKey;
        Custody = new SignatureCustody(CustodyName, new LocalHandshakeKey(key));
    }

    /// <summary>What clients are sent.</summary>
    public DelegatedCredential Credential { get; }

    /// <summary>Its key.</summary>
    internal PublicKey PublicKey { get; }

    /// <summary>Conducts handshakes with it: no question to the holder of the certificate's key.</summary>
    internal Custody Custody { get; }
}
