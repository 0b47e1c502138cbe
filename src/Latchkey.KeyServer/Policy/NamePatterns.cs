using System.Collections.Frozen;
using System.Text;

namespace Latchkey.KeyServer.Policy;

/// <summary>Host names and patterns such as <c>*.example.test</c>, where the star stands for one label, as in certificates. Immutable; a look-up allocates nothing.</summary>
public sealed class NamePatterns
{
    private const int LongestName = 255;

    private readonly FrozenSet<string> _patterns;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>Of names in any case.</summary>
    public NamePatterns(IEnumerable<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        _patterns = patterns.Select(pattern => pattern.TrimEnd('.').ToLowerInvariant()).ToFrozenSet(StringComparer.Ordinal);
        _lookup = _patterns.GetAlternateLookup<ReadOnlySpan<char>>();
        MatchesAll = _patterns.Contains("*");
    }

    /// <summary>None, which matches nothing.</summary>
    public static NamePatterns None { get; } = new([]);

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _patterns.Count == 0;

    /// <summary>Whether <c>*</c> is among them: every name, and no name at all.</summary>
    public bool MatchesAll { get; }

    /// <summary>Whether one of them is, or covers, this name.</summary>
    /// <param name="name">ASCII, in any case, with or without a dot at its end.</param>
    public bool Match(ReadOnlySpan<byte> name)
    {
        if (MatchesAll)
            return true;
        if (name is [.., (byte)'.'])
            name = name[..^1];
        Span<char> lower = stackalloc char[LongestName];
        if (name.Length is 0 or > LongestName || !Ascii.IsValid(name))
            return false;
        Ascii.ToLower(name, lower, out var length);
        lower = lower[..length];
        if (lower.Contains('*'))
            return false; // no host has such a name
        if (_lookup.Contains(lower))
            return true;
        var dot = lower.IndexOf('.');
        if (dot < 1)
            return false;
        lower[dot - 1] = '*';
        return _lookup.Contains(lower[(dot - 1)..]);
    }

    /// <summary>Whether everything that a name in a certificate stands for is covered: a name by one that matches it, a pattern by itself.</summary>
    /// <param name="name">In lower case; <c>*.example.test</c> among them.</param>
    public bool Cover(string name) => MatchesAll || _patterns.Contains(name) || Match(Encoding.UTF8.GetBytes(name));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _patterns.Order(StringComparer.Ordinal));
}
