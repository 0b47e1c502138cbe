using Latchkey.Demo;
using Latchkey.Testing;

namespace Latchkey.Tests.Configuration;

/// <summary>A folder with the certificates and keys that the issue's two examples name, and those examples.</summary>
public sealed class ConfigurationFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ConfigurationFolder()
    {
        using var authority = new DemoAuthority("Latchkey test authority");
        Write("ca.pem", authority.CertificatePem);
        authority.IssueEcdsa(File("edge.pem"), File("edge.key"), "edge.test");
        authority.IssueEcdsa(File("ks.pem"), File("ks.key"), "127.0.0.1");
        Directory.CreateDirectory(File("keys"));
        authority.IssueEcdsa(File("site.pem"), File("keys/site.key"), "example.test", "*.example.test");
        authority.IssueRsa(File("rsa.pem"), File("keys/rsa.key"), "example.test", "*.example.test");
        authority.IssueEcdsa(File("other.pem"), File("other.key"), "other.test");
        Write("edge.json", Edge);
        Write("keyserver.json", KeyServer);
    }

    /// <summary>The issue's edge.json.</summary>
    public const string Edge = """
        {
          "listen": ["127.0.0.1:8443"],
          "admin": "127.0.0.1:9443",
          "keyServers": {
            "home": { "endpoints": ["127.0.0.1:2407"], "certificate": "edge.pem", "key": "edge.key", "ca": "ca.pem" }
          },
          "sites": [
            {
              "names": ["example.test", "*.example.test"],
              "certificate": "site.pem",
              "keyServer": "home",
              "custody": "signature",
              "upstream": "http://127.0.0.1:8080"
            }
          ]
        }
        """;

    /// <summary>The issue's keyserver.json.</summary>
    public const string KeyServer = """
        {
          "listen": "127.0.0.1:2407",
          "admin": "127.0.0.1:9407",
          "certificate": "ks.pem",
          "key": "ks.key",
          "clientCa": "ca.pem",
          "keys": [ { "path": "keys", "rawOperations": false } ]
        }
        """;

    public string Path => _folder.Path;

    public string File(string name) => _folder.File(name);

    public string Write(string name, string content) => _folder.Write(name, content);

    /// <summary>An example with something replaced; the text to be replaced must be there.</summary>
    public string WriteChanged(string name, string example, string old, string changed)
    {
        Assert.Contains(old, example, StringComparison.Ordinal);
        return Write(name, example.Replace(old, changed, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
