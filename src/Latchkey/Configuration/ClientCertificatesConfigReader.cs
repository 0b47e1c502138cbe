using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Tls.Clients;

namespace Latchkey.Configuration;

/// <summary>Reads <c>clientCertificates</c>.</summary>
internal static class ClientCertificatesConfigReader
{
    private const string RevocationExpected = "an array of files with revocation lists of the authorities in ca, PEM or DER";

    /// <summary>null where it is absent: clients are not asked.</summary>
    public static ClientCertificatesConfig? Read(ConfigurationValue value, UpstreamConfig upstream)
    {
        if (!value.Exists)
            return null;
        value.Only("mode", "ca", "revocation", "header");
        var authorities = value["ca"].Authorities();
        if (!authorities.Any(TrustedAuthorities.IsRoot))
            throw value["ca"].Error("no certificate in it is self-signed (expected the root to which clients' certificates chain)");
        if (value["header"].Exists && upstream is not UpstreamConfig.Http)
            throw value["header"].Error($"stands beside an upstream that is not HTTP (expected it with http:// and https:// only)");
        var lists = value["revocation"].Items(RevocationExpected);
        return new ClientCertificatesConfig
        {
            Mode = value["mode"].Choice("require", "require", "request") == "require" ? ClientCertificateMode.Require : ClientCertificateMode.Request,
            Authorities = authorities,
            Revocation = lists.Count == 0 ? null : ReadLists(value["revocation"], lists, authorities),
            Header = ReadHeader(value["header"]),
            Files = [value["ca"].FullPath(""), .. lists.Select(list => list.FullPath(""))],
        };
    }

    private static RevocationLists ReadLists(ConfigurationValue value, IReadOnlyList<ConfigurationValue> lists, X509Certificate2Collection authorities)
    {
        var files = lists.Select(list => list.Bytes("a revocation list, PEM or DER")).ToList();
        try
        {
            return new RevocationLists(files, authorities);
        }
        catch (CryptographicException e)
        {
            throw value.Error($"{e.Message.TrimEnd('.')} (expected {RevocationExpected})");
        }
    }

    private static ClientCertificateHeader ReadHeader(ConfigurationValue value) => value.Choice("certificate", "certificate", "chain", "none") switch
    {
        "chain" => ClientCertificateHeader.Chain,
        "none" => ClientCertificateHeader.None,
        _ => ClientCertificateHeader.Certificate,
    };
}
