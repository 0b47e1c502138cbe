using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer;

/// <summary>What a key server needs to know; immutable after start but for the keys, which reload.</summary>
public sealed class KeyServerOptions
{
    /// <summary>Where edges connect; the deployed protocol's port is 2407.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>The key server's own certificate with its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The authorities that edges' certificates must chain to; no other root counts.</summary>
    public required X509Certificate2Collection ClientAuthorities { get; init; }

    /// <summary>Files and folders with keys.</summary>
    public required IReadOnlyList<KeySource> Keys { get; init; }
}

/// <summary>One entry of <c>keys</c>: a file, or a folder of which <c>*.key</c> and <c>*.pem</c> are read.</summary>
public sealed class KeySource
{
    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Whether these keys serve the deployed protocol's raw operations. Default false.</summary>
    public bool RawOperations { get; init; }

    /// <summary>File whose first line is the passphrase of encrypted PEM; null for none.</summary>
    public string? PassphraseFile { get; init; }
}
