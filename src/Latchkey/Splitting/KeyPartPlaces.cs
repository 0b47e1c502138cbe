using System.Security.Cryptography;
using Latchkey.KeyStores;

namespace Latchkey.Splitting;

/// <summary>Reads and writes parts where the command line and the configuration say: in a file, or at a URI (<c>file:</c>, <c>pkcs11:…;type=data</c>, <c>tpm2:sealed=…</c>).</summary>
internal static class KeyPartPlaces
{
    /// <summary>False: a file's name.</summary>
    public static bool IsUri(string place) => KeyUri.TryParse(place, out _);

    /// <summary>Makes sure that parts can be kept there; the device is not asked.</summary>
    /// <exception cref="KeyStoreException">They cannot; the message says where they can.</exception>
    public static void Require(string uri, KeyStoreSet stores)
    {
        if (!stores.MeansSecret(uri))
            throw new KeyStoreException($"{uri}: no place for a part of a key (expected a file, file:/path.part, pkcs11:…;type=data or tpm2:sealed=/path)");
    }

    /// <summary>The caller owns it.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="KeyStoreException">The device does not give it.</exception>
    /// <exception cref="KeyPartException">There is no part, or a damaged one; the message names the place.</exception>
    public static KeyPart Read(string place, KeyStoreSet stores)
    {
        try
        {
            if (!IsUri(place))
                return ReadFile(place);
            using var kept = stores.ReadSecret(place);
            return KeyPartFile.ReadKept(kept.Span);
        }
        catch (KeyPartException e)
        {
            throw new KeyPartException($"{place}: {e.Message}", e);
        }
    }

    /// <summary>Puts it where nothing is yet.</summary>
    /// <exception cref="IOException">There is such a file, or it cannot be written.</exception>
    /// <exception cref="KeyStoreException">There is something, or the device does not take it.</exception>
    public static void Write(string place, KeyPart part, KeyStoreSet stores)
    {
        if (IsUri(place) && !place.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            using var encoded = part.Encode();
            stores.WriteSecret(place, encoded);
            return;
        }
        using var pem = KeyPartFile.Write(part);
        if (IsUri(place))
            stores.WriteSecret(place, pem);
        else
            SecretFiles.Write(place, pem.Span);
    }

    private static KeyPart ReadFile(string file)
    {
        var bytes = SecretFiles.Read(file);
        try
        {
            return KeyPartFile.TryRead(bytes) ?? throw new KeyPartException($"there is no part of a key in it (expected a block {KeyPartFile.Label})");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
