using System.Globalization;

namespace Latchkey.KeyStores.Tpm;

/// <summary>
/// <c>tpm2:handle=0x81000001</c>, a persistent key, or <c>tpm2:object=/etc/latchkey/site.tpm</c>, a key wrapped by its TPM, in a file; then <c>?device=/dev/tpmrm0</c> (the default)
/// and <c>&amp;auth-source=/etc/latchkey/site.auth</c>, whose first line authorizes the key's use. <c>tpm2:sealed=/etc/latchkey/site.sealed</c> is no key but a part of one, sealed under the
/// storage key <c>&amp;parent=0x81000001</c> (the default).
/// </summary>
internal sealed class TpmUri
{
    /// <summary>Before <c>host:port</c>.</summary>
    public const string Simulator = "swtpm:";

    private const string KernelsManager = "/dev/tpmrm0";
    private const string StorageRootKey = "0x81000001"; // TCG TPM v2.0 Provisioning Guidance §7.8

    private TpmUri(KeyUri uri, string text)
    {
        Text = text;
        var mark = uri.Rest.IndexOf('?', StringComparison.Ordinal);
        var path = UriQuery.Read(uri, mark < 0 ? uri.Rest : uri.Rest[..mark], ';', "handle", "object", "sealed");
        var query = UriQuery.Read(uri, mark < 0 ? "" : uri.Rest[(mark + 1)..], '&', "device", "auth-source", "parent");
        File = path.GetValueOrDefault("object");
        SealedFile = path.GetValueOrDefault("sealed");
        if (path.Count != 1)
            throw new KeyStoreException($"{uri}: expected one of handle=0x81000001 and object=/path/of/the/key, or sealed=/path/of/a/part");
        var handle = path.GetValueOrDefault("handle");
        if (query.ContainsKey("parent") && SealedFile is null)
            throw new KeyStoreException($"{uri}: parent stands without sealed (a wrapped key's file says its parent)");
        Parent = ReadHandle(uri, query.GetValueOrDefault("parent") ?? StorageRootKey);
        Handle = handle is null ? 0 : ReadHandle(uri, handle);
        Device = query.GetValueOrDefault("device") ?? KernelsManager;
        AuthFile = query.GetValueOrDefault("auth-source");
        if (new[] { File, SealedFile, AuthFile, Device.StartsWith(Simulator, StringComparison.Ordinal) ? null : Device }.Any(file => file is not null && !Path.IsPathFullyQualified(file)))
            throw new KeyStoreException($"{uri}: object, sealed, device and auth-source have to be absolute paths, or device {Simulator}host:port");
        if (Device.StartsWith(Simulator, StringComparison.Ordinal) && HostAndPort(Device).Port == 0)
            throw new KeyStoreException($"{uri}: device is not {Simulator}host:port");
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>A persistent handle; 0 where a file says it.</summary>
    public uint Handle { get; }

    /// <summary>Full path of a TSS2 PRIVATE KEY.</summary>
    public string? File { get; }

    /// <summary>Full path of a sealed secret.</summary>
    public string? SealedFile { get; }

    /// <summary>What a secret is sealed under: a persistent storage key.</summary>
    public uint Parent { get; }

    /// <summary>A path, or <c>swtpm:host:port</c>.</summary>
    public string Device { get; }

    /// <summary>Full path; null: the key needs no authorization.</summary>
    public string? AuthFile { get; }

    /// <exception cref="KeyStoreException">The one line that says what is wrong with it.</exception>
    public static TpmUri Parse(KeyUri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return new TpmUri(uri, uri.ToString());
    }

    /// <summary>Port 0: not of that form.</summary>
    public static (string Host, int Port) HostAndPort(string device)
    {
        var text = device[Simulator.Length..];
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? (text[..colon].Trim('[', ']'), port)
            : ("", 0);
    }

    private static uint ReadHandle(KeyUri uri, string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && uint.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var handle) && handle >> 24 == 0x81
            ? handle
            : throw new KeyStoreException($"{uri}: {text} is not a persistent handle (expected one such as 0x81000001)");
}
