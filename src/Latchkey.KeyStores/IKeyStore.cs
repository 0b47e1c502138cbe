namespace Latchkey.KeyStores;

/// <summary>Opens the keys of one URI scheme: <c>pkcs11:</c>, <c>tpm2:</c>, <c>awskms:</c> … (catalogue S1, S2). Thread-safe; disposed with the program.</summary>
public interface IKeyStore : IDisposable
{
    /// <summary>Without the colon, lower-case.</summary>
    string Scheme { get; }

    /// <summary>Finds the key and makes sure that it can be used. Blocks; called at start and at reloads, never while a handshake waits.</summary>
    /// <exception cref="KeyStoreException">No such key, no access, not the right kind; the message says which and what is expected.</exception>
    OpenedKey Open(KeyUri uri);

    /// <summary>The same for stores that cannot say what the public key is.</summary>
    /// <param name="certificates">DER, those that the configuration names beside the key; may be empty.</param>
    /// <exception cref="KeyStoreException">As above.</exception>
    OpenedKey Open(KeyUri uri, IReadOnlyList<ReadOnlyMemory<byte>> certificates) => Open(uri);

    /// <summary>Files that a key depends on and whose change means that it is to be opened again: the key itself, a PIN's file. Full paths; none by default.</summary>
    IReadOnlyList<string> FilesOf(KeyUri uri) => [];
}
