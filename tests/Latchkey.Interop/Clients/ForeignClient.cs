using System.Text.RegularExpressions;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>A TLS client nobody here wrote. Each verifies the chain and the host name by its own means.</summary>
public abstract partial class ForeignClient
{
    public static IReadOnlyList<ForeignClient> All { get; } =
    [
        new OpenSslClient(), new GnuTlsClient(), new NssClient(), new CurlClient("http1.1"), new CurlClient("http2"), new JavaClient(),
        new NodeClient("https"), new NodeClient("http2"),
    ];

    public abstract string Name { get; }

    /// <summary>The programs it needs.</summary>
    public abstract string[] Programs { get; }

    /// <summary>GETs <paramref name="path"/> from a site with exactly that version of TLS.</summary>
    public abstract Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path);

    public sealed override string ToString() => Name;

    /// <summary>A request that ends the connection, for clients that only do TLS.</summary>
    protected static string Request(string host, string path) => $"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

    /// <summary>The first PEM certificate in a client's output.</summary>
    protected static byte[] FirstCertificate(string output)
    {
        var match = PemCertificate().Match(output);
        Assert.True(match.Success, $"no certificate in:\n{output}");
        return Convert.FromBase64String(Regex.Replace(match.Groups[1].Value, @"\s", ""));
    }

    protected static string Find(string output, string pattern)
    {
        var match = Regex.Match(output, pattern, RegexOptions.Multiline);
        Assert.True(match.Success, $"no {pattern} in:\n{output}");
        return match.Groups[1].Value;
    }

    [GeneratedRegex(@"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")]
    private static partial Regex PemCertificate();
}
