using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer.Keys;
using Latchkey.Tls.Clients;

namespace Latchkey.KeyServer.Admission;

/// <summary>Reads revocation lists, each blamed by its path.</summary>
internal static class RevocationFiles
{
    /// <summary>null where there are no files: revocation is not looked at.</summary>
    /// <exception cref="KeyFilesException">A file cannot be read, is no list, or is not of these authorities.</exception>
    public static RevocationLists? Read(IReadOnlyList<string> files, X509Certificate2Collection authorities)
    {
        if (files.Count == 0)
            return null;
        var lists = new List<byte[]>(files.Count);
        foreach (var file in files)
        {
            try
            {
                lists.Add(File.ReadAllBytes(file));
                _ = new RevocationLists([lists[^1]], authorities);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new KeyFilesException(file, $"{e.Message.TrimEnd('.')} (expected revocation lists of the authorities in clientCa, PEM or DER)", e);
            }
        }
        return new RevocationLists(lists, authorities);
    }
}
