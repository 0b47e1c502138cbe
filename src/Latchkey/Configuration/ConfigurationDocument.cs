using System.Collections;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace Latchkey.Configuration;

/// <summary>
/// One role's configuration: a JSON file, over which go environment variables (<c>LATCHKEY_SITES__0__CUSTODY</c>), over which go
/// <c>--set sites:0:custody=…</c>. Knows where each value came from, so that an error names the right place.
/// </summary>
internal sealed class ConfigurationDocument
{
    private const string EnvironmentPrefix = "LATCHKEY_";

    private static readonly JsonDocumentOptions Tolerant = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly IConfigurationRoot _root;
    private readonly HashSet<string> _environmentKeys;
    private readonly HashSet<string> _commandLineKeys;

    private ConfigurationDocument(string file, IConfigurationRoot root, IEnumerable<string> environmentKeys, IEnumerable<string> commandLineKeys)
    {
        File = file;
        _root = root;
        _environmentKeys = new HashSet<string>(environmentKeys, StringComparer.OrdinalIgnoreCase);
        _commandLineKeys = new HashSet<string>(commandLineKeys, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Full path.</summary>
    public string File { get; }

    /// <summary>The whole.</summary>
    public ConfigurationValue Root => new(this, _root, "", "");

    /// <param name="file">Absolute, or relative to the working directory.</param>
    /// <param name="names">The names that may stand at the top: environment variables beginning otherwise are not ours.</param>
    /// <param name="overrides"><c>sites:0:custody=premaster</c>, from the command line.</param>
    /// <exception cref="ConfigurationException">No such file, no JSON.</exception>
    public static ConfigurationDocument Load(string file, IReadOnlyCollection<string> names, IReadOnlyCollection<string> overrides)
    {
        file = Path.GetFullPath(file);
        var json = ReadJson(file);
        var environment = ReadEnvironment(names);
        var commandLine = ReadOverrides(overrides);
        var root = new ConfigurationBuilder()
            .Add(new JsonStreamConfigurationSource { Stream = new MemoryStream(json) })
            .AddInMemoryCollection(environment)
            .AddInMemoryCollection(commandLine)
            .Build();
        return new ConfigurationDocument(file, root, environment.Keys, commandLine.Keys);
    }

    /// <summary>What an error about that key names: the file, or the variable or option that set it.</summary>
    public string SourceOf(string key)
    {
        if (_commandLineKeys.Contains(key))
            return $"--set {key}";
        return _environmentKeys.Contains(key)
            ? $"environment variable {EnvironmentPrefix}{key.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant()}"
            : File;
    }

    private static byte[] ReadJson(string file)
    {
        byte[] bytes;
        try
        {
            bytes = System.IO.File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException(file, "", "file not found (expected a JSON configuration; --config names another)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(file, "", $"cannot be read: {OneLine(e.Message)}");
        }
        if (bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        CheckSyntax(file, bytes);
        return bytes;
    }

    private static void CheckSyntax(string file, byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, Tolerant);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ConfigurationException(file, "", $"expected a JSON object {{ … }}, found {Describe(document.RootElement)}");
            CheckNames(file, document.RootElement, "");
        }
        catch (JsonException e)
        {
            var reason = e.Message.Split(" LineNumber:")[0].TrimEnd('.');
            throw new ConfigurationException(file, "", $"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}: not JSON: {OneLine(reason)}");
        }
    }

    // The configuration library folds case and takes ':' for a level of its own: both would silently merge two values.
    private static void CheckNames(string file, JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
                CheckNames(file, item, $"{path}[{index++}]");
        }
        if (element.ValueKind != JsonValueKind.Object)
            return;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in element.EnumerateObject())
        {
            var inner = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (property.Name.Contains(':', StringComparison.Ordinal) || property.Name.Length == 0)
                throw new ConfigurationException(file, inner, "expected a name without ':' that is not empty");
            if (!seen.Add(property.Name))
                throw new ConfigurationException(file, inner, "stands there twice (expected each name once, upper and lower case being the same)");
            CheckNames(file, property.Value, inner);
        }
    }

    // LATCHKEY_ is also where other things of ours may live (and a fleet sets variables for both roles), so only names this
    // role knows are taken; one that nearly is such a name is a typing error that should not go unnoticed.
    private static Dictionary<string, string?> ReadEnvironment(IReadOnlyCollection<string> names)
    {
        var found = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var variable = (string)entry.Key;
            if (!variable.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            var key = variable[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            var first = key.Split(':')[0];
            if (names.Contains(first, StringComparer.OrdinalIgnoreCase))
                found[key] = (string?)entry.Value;
            else if (Suggestion.For(first, names) is { } meant)
                throw new ConfigurationException($"environment variable {variable}", "", $"unknown name (did you mean {EnvironmentPrefix}{meant.ToUpperInvariant()}?)");
        }
        return found;
    }

    private static Dictionary<string, string?> ReadOverrides(IReadOnlyCollection<string> overrides)
    {
        var found = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in overrides)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new ConfigurationException($"--set {pair}", "", "expected name=value, as in sites:0:custody=premaster");
            found[pair[..equals]] = pair[(equals + 1)..];
        }
        return found;
    }

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => element.ValueKind.ToString().ToLowerInvariant(),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
