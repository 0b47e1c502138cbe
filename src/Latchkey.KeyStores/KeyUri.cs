namespace Latchkey.KeyStores;

/// <summary>Where a private key is: <c>file:</c>, <c>pkcs11:</c> (RFC 7512), <c>tpm2:</c>, <c>awskms:</c>, <c>azurekv:</c>, <c>keyless:</c>. Holds no secret: PINs come from files.</summary>
public sealed class KeyUri
{
    private KeyUri(string scheme, string rest)
    {
        Scheme = scheme;
        Rest = rest;
    }

    /// <summary>Lower-case, without the colon.</summary>
    public string Scheme { get; }

    /// <summary>What follows the colon, as it was written.</summary>
    public string Rest { get; }

    /// <summary>False: no scheme (RFC 3986 §3.1) or nothing after it.</summary>
    public static bool TryParse(string text, out KeyUri? uri)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        uri = colon > 1 && colon < text.Length - 1 && char.IsAsciiLetter(text[0]) && text.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0
            ? new KeyUri(text[..colon].ToLowerInvariant(), text[(colon + 1)..])
            : null;
        return uri is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}:{Rest}";

    private static System.Buffers.SearchValues<char> SchemeCharacters { get; } =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
}
