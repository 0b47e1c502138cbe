using System.Globalization;
using System.Text;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>
/// A PKCS#11 URI (RFC 7512): which module, token and object. A PIN comes from a file, <c>pin-source</c>; <c>pin-value</c> is refused, because URIs are logged. One attribute is this program's own: <c>x-sessions</c>, how
/// many operations the token is asked for at once.
/// </summary>
internal sealed class Pkcs11Uri
{
    private const int DefaultSessions = 8;
    private const int MostSessions = 1024;

    private readonly IReadOnlyDictionary<string, string> _path;

    private Pkcs11Uri(KeyUri uri, IReadOnlyDictionary<string, string> path, IReadOnlyDictionary<string, string> query)
    {
        _path = path;
        Text = uri.ToString();
        Module = query.GetValueOrDefault("module-path") ?? throw new KeyStoreException($"{uri}: module-path is missing (expected ?module-path=/path/of/the/module.so)");
        if (!Path.IsPathFullyQualified(Module))
            throw new KeyStoreException($"{uri}: module-path is not an absolute path");
        PinFile = query.GetValueOrDefault("pin-source") is { } source ? FileOf(uri, source) : null;
        Sessions = query.TryGetValue("x-sessions", out var sessions) ? Number(uri, "x-sessions", sessions, 1, MostSessions) : DefaultSessions;
        SlotId = path.TryGetValue("slot-id", out var slot) ? (nuint)Number(uri, "slot-id", Uri.UnescapeDataString(slot), 0, int.MaxValue) : null;
        Id = path.TryGetValue("id", out var id) ? Unescape(id) : null;
        if (Value("type") is { } type && type is not ("private" or "data"))
            throw new KeyStoreException($"{uri}: type is {type} (expected private, or data for a part of a key)");
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Full path of the module.</summary>
    public string Module { get; }

    /// <summary>Full path of the file whose first line is the PIN; null: no login.</summary>
    public string? PinFile { get; }

    /// <summary>Operations at once, at most.</summary>
    public int Sessions { get; }

    public nuint? SlotId { get; }

    /// <summary>CKA_ID.</summary>
    public byte[]? Id { get; }

    /// <summary>CKA_LABEL.</summary>
    public string? Label => Value("object");

    /// <summary>The token's attributes and nothing of the object: the same for all keys that share its sessions.</summary>
    public string TokenKey => string.Join('\n', new[] { Module, PinFile, Sessions.ToString(CultureInfo.InvariantCulture), SlotId?.ToString() }.Concat(TokenNames.Select(Value)));

    private static string[] TokenNames { get; } = ["token", "manufacturer", "serial", "model", "slot-description", "slot-manufacturer"];

    /// <exception cref="KeyStoreException">The one line that says what is wrong with it.</exception>
    public static Pkcs11Uri Parse(KeyUri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var mark = uri.Rest.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? uri.Rest : uri.Rest[..mark];
        var query = mark < 0 ? "" : uri.Rest[(mark + 1)..];
        if (query.Contains("pin-value=", StringComparison.Ordinal))
            throw new KeyStoreException($"pkcs11:{path}: pin-value is not taken, because URIs are logged (expected pin-source=/file/with/the/PIN)");
        return new Pkcs11Uri(
            uri,
            UriQuery.ReadEscaped(uri, path, ';', [.. TokenNames, "slot-id", "object", "id", "type"]),
            UriQuery.Read(uri, query, '&', "module-path", "pin-source", "x-sessions"));
    }

    /// <summary>A textual attribute of the path; null where it is absent.</summary>
    public string? Value(string name) => _path.TryGetValue(name, out var value) ? Uri.UnescapeDataString(value) : null;

    // RFC 7512 §2.4: a file's name or a file: URI.
    private static string FileOf(KeyUri uri, string source)
    {
        var file = source.StartsWith("file:", StringComparison.Ordinal) ? source[5..] : source;
        if (file.StartsWith("///", StringComparison.Ordinal))
            file = file[2..];
        return Path.IsPathFullyQualified(file) ? file : throw new KeyStoreException($"{uri}: pin-source is not an absolute path (expected pin-source=/file/with/the/PIN)");
    }

    private static int Number(KeyUri uri, string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new KeyStoreException($"{uri}: {name} is {text} (expected a whole number from {least} to {most})");

    private static byte[] Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
        }
        return [.. bytes];
    }
}
