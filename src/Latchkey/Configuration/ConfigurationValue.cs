using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Latchkey.Configuration;

/// <summary>
/// One value of a configuration with its place. Reading it as what it should be either succeeds or throws the one line that
/// says where and what was expected.
/// </summary>
/// <param name="document">Where it comes from.</param>
/// <param name="configuration">The value and what is below it.</param>
/// <param name="key">For the configuration library: <c>sites:0:certificate</c>.</param>
/// <param name="path">For people: <c>sites[0].certificate</c>.</param>
internal sealed class ConfigurationValue(ConfigurationDocument document, IConfiguration configuration, string key, string path)
{
    private string? Value => (configuration as IConfigurationSection)?.Value;

    /// <summary>Whether it is there; JSON's null counts as not there.</summary>
    public bool Exists => Value is not null || configuration.GetChildren().Any();

    /// <summary>Whether it is a single value, not an object or an array.</summary>
    public bool IsText => !string.IsNullOrEmpty(Value);

    /// <summary>Its last name: for members of a dictionary, the name they were given.</summary>
    public string Name => key[(key.LastIndexOf(':') + 1)..];

    /// <summary>Where it stands, for people: <c>sites[0].certificate</c>.</summary>
    public string Place => path;

    /// <summary>The line to throw.</summary>
    public ConfigurationException Error(string message) => new(document.SourceOf(key), path, message.ReplaceLineEndings(" "));

    /// <summary>A member of an object, which may not be there.</summary>
    public ConfigurationValue this[string name] =>
        new(document, configuration.GetSection(name), key.Length == 0 ? name : $"{key}:{name}", path.Length == 0 ? name : $"{path}.{name}");

    /// <summary>Says that this is an object with no other names than these.</summary>
    public ConfigurationValue Only(params IReadOnlyCollection<string> names)
    {
        if (!string.IsNullOrEmpty(Value))
            throw Error($"expected an object with {string.Join(", ", names)}");
        foreach (var child in configuration.GetChildren())
        {
            if (names.Contains(child.Key, StringComparer.OrdinalIgnoreCase) || child.Key == "$schema")
                continue;
            var hint = Suggestion.For(child.Key, names) is { } meant ? $"did you mean {meant}?" : $"known are {string.Join(", ", names)}";
            throw this[child.Key].Error($"unknown name ({hint})");
        }
        return this;
    }

    /// <summary>The members of an object whose names are the operator's.</summary>
    public IReadOnlyList<ConfigurationValue> Members(string expected)
    {
        if (!string.IsNullOrEmpty(Value))
            throw Error($"expected {expected}");
        return [.. configuration.GetChildren().Select(child => this[child.Key])];
    }

    /// <summary>The items of an array; none where it is absent or empty.</summary>
    public IReadOnlyList<ConfigurationValue> Items(string expected)
    {
        var children = configuration.GetChildren().ToList();
        if (!string.IsNullOrEmpty(Value) || !children.Select(child => child.Key).Order().SequenceEqual(Enumerable.Range(0, children.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)).Order()))
            throw Error($"expected {expected}");
        return [.. Enumerable.Range(0, children.Count).Select(ItemAt)];
    }

    private ConfigurationValue ItemAt(int index)
    {
        var name = index.ToString(CultureInfo.InvariantCulture);
        return new ConfigurationValue(document, configuration.GetSection(name), $"{key}:{name}", $"{path}[{name}]");
    }

    /// <summary>A string that must be there.</summary>
    public string Text(string expected) => OptionalText(expected) ?? throw Error($"missing (expected {expected})");

    /// <summary>A string; null where it is absent.</summary>
    public string? OptionalText(string expected)
    {
        if (!Exists)
            return null;
        return string.IsNullOrWhiteSpace(Value) ? throw Error($"expected {expected}") : Value.Trim();
    }

    /// <summary>true or false.</summary>
    public bool Boolean(bool otherwise)
    {
        if (!Exists)
            return otherwise;
        return bool.TryParse(Value, out var value) ? value : throw Error($"expected true or false, found \"{Value}\"");
    }

    /// <summary>A whole number within bounds.</summary>
    public int Number(int otherwise, int least, int most)
    {
        if (!Exists)
            return otherwise;
        return int.TryParse(Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Error($"expected a whole number from {least} to {most}, found \"{Value}\"");
    }

    /// <summary>Seconds, which may have decimals.</summary>
    public TimeSpan Seconds(double otherwise, double least, double most)
    {
        if (!Exists)
            return TimeSpan.FromSeconds(otherwise);
        return double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? TimeSpan.FromSeconds(value)
            : throw Error(string.Create(CultureInfo.InvariantCulture, $"expected seconds from {least} to {most}, found \"{Value}\""));
    }

    /// <summary>One of a few words.</summary>
    public string Choice(string otherwise, params IReadOnlyCollection<string> words)
    {
        if (!Exists)
            return otherwise;
        return words.FirstOrDefault(word => string.Equals(word, Value, StringComparison.OrdinalIgnoreCase))
            ?? throw Error($"unknown \"{Value}\" (expected one of {string.Join(", ", words)})");
    }

    /// <summary>A path made absolute: relative ones are relative to the file, wherever the value comes from.</summary>
    public string FullPath(string expected) => Relative(Text(expected));

    /// <summary>Makes a path absolute in the same way, where it is only a part of the value.</summary>
    public string Relative(string file) => Path.GetFullPath(file, Path.GetDirectoryName(document.File)!);
}
