namespace Latchkey.KeyStores;

/// <summary>Attributes of a key's URI: <c>name=value</c> with percent encoding (RFC 3986 §2.1), separated by one character.</summary>
public static class UriQuery
{
    /// <summary>The attributes, by name.</summary>
    /// <param name="uri">For errors.</param>
    /// <param name="text">What stands between the first and the last attribute; may be empty.</param>
    /// <param name="separator"><c>&amp;</c>, or <c>;</c> in the path of RFC 7512.</param>
    /// <param name="known">The names there may be.</param>
    /// <exception cref="KeyStoreException">An attribute of another name, one that stands there twice, or one without a value.</exception>
    public static IReadOnlyDictionary<string, string> Read(KeyUri uri, string text, char separator, params IReadOnlyCollection<string> known) =>
        ReadEscaped(uri, text, separator, known).ToDictionary(pair => pair.Key, pair => Uri.UnescapeDataString(pair.Value), StringComparer.Ordinal);

    /// <summary>The attributes as they are written: for values that are bytes rather than text.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyDictionary<string, string> ReadEscaped(KeyUri uri, string text, char separator, params IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(text);
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = attribute.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? attribute : attribute[..equals];
            if (!known.Contains(name))
                throw new KeyStoreException($"{uri}: unknown attribute {name} (expected {string.Join(", ", known)})");
            if (equals < 0 || equals == attribute.Length - 1)
                throw new KeyStoreException($"{uri}: {name} has no value (expected {name}=…)");
            if (!attributes.TryAdd(name, attribute[(equals + 1)..]))
                throw new KeyStoreException($"{uri}: {name} stands there twice");
        }
        return attributes;
    }
}
