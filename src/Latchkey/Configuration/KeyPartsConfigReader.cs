using System.Security.Cryptography.X509Certificates;
using Latchkey.Edge;
using Latchkey.KeyStores;
using Latchkey.Roles;
using Latchkey.Splitting;

namespace Latchkey.Configuration;

/// <summary>Reads <c>keyParts</c>: the parts of a certificate's split key that this edge has (S4).</summary>
internal static class KeyPartsConfigReader
{
    private const string Expected = "an array of files or URIs that latchkey split has written to, as in [\"site-1.part\"]";

    /// <summary>Full paths and URIs; empty where there are none. Each file has been read and belongs to the certificate; what is in devices shows at start.</summary>
    public static IReadOnlyList<string> Read(ConfigurationValue value, X509Certificate2 certificate, bool local)
    {
        if (local && value.Exists)
            throw value.Error("stands beside key (expected keyParts only where keyServer has the rest of the key)");
        using var devices = new MachineKeyStores();
        var stores = new KeyStoreSet(devices.All);
        var places = new List<string>();
        foreach (var item in value.Items(Expected))
            places.Add(ReadPlace(item, certificate, places.Count, stores));
        return places;
    }

    private static string ReadPlace(ConfigurationValue item, X509Certificate2 certificate, int before, KeyStoreSet stores)
    {
        const string expected = "a file or a URI that latchkey split has written to";
        try
        {
            if (item.Text(expected) is var uri && KeyPartPlaces.IsUri(uri))
            {
                KeyPartPlaces.Require(uri, stores);
                return uri;
            }
            var file = item.FullPath(expected);
            using var part = KeyPartPlaces.Read(file, stores);
            return SiteKeyParts.Problem(part, certificate.PublicKey.ExportSubjectPublicKeyInfo(), before + 1) is { } problem ? throw item.Error($"{file} {problem}") : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyPartException)
        {
            throw item.Error($"cannot be used: {e.Message.TrimEnd('.')} (expected a file made by latchkey split)");
        }
        catch (KeyStoreException e)
        {
            throw item.Error(e.Message);
        }
    }
}
