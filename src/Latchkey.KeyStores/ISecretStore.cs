using Latchkey.Crypto;

namespace Latchkey.KeyStores;

/// <summary>Keeps secrets as they are, rather than keys to compute with: parts of split keys (catalogue S4, S5). Thread-safe.</summary>
public interface ISecretStore
{
    /// <summary>Without the colon, lower-case.</summary>
    string Scheme { get; }

    /// <summary>Whether a URI of this scheme names a secret to be kept, rather than a key to compute with.</summary>
    /// <exception cref="KeyStoreException">It is none of this scheme's.</exception>
    bool MeansSecret(KeyUri uri);

    /// <summary>The secret, which the caller disposes. Blocks.</summary>
    /// <exception cref="KeyStoreException">There is none, or no access.</exception>
    SecretBytes ReadSecret(KeyUri uri);

    /// <summary>Puts it there. Blocks.</summary>
    /// <param name="uri">Where nothing is yet.</param>
    /// <param name="secret">Lent.</param>
    /// <exception cref="KeyStoreException">There is something, or no access.</exception>
    void WriteSecret(KeyUri uri, SecretBytes secret);
}
