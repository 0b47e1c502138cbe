using System.Text.Json;

namespace Latchkey.Crypto.Tests;

/// <summary>The folder of public test vectors; tests skip, naming the file, where it is absent.</summary>
internal static class Vectors
{
    private static readonly string? Folder = Find();

    internal static string PathOf(string name)
    {
        string? path = Folder is null ? null : Path.Combine(Folder, name);
        Assert.SkipUnless(File.Exists(path), $"the vectors folder has no {name} (LATCHKEY_VECTORS, or ../shared/vectors beside the repository)");
        return path!;
    }

    internal static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllBytes(PathOf(name))).RootElement;

    /// <summary>Every test of a Wycheproof file with the group it is in.</summary>
    internal static IEnumerable<(JsonElement Group, JsonElement Test)> Wycheproof(string name)
    {
        foreach (JsonElement group in Json(Path.Combine("wycheproof", name)).GetProperty("testGroups").EnumerateArray())
        {
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
                yield return (group, test);
        }
    }

    internal static byte[] Hex(this JsonElement test, string field) => Convert.FromHexString(test.GetProperty(field).GetString()!);

    internal static string Text(this JsonElement test, string field) => test.GetProperty(field).GetString()!;

    internal static bool HasFlag(this JsonElement test, string flag) =>
        test.GetProperty("flags").EnumerateArray().Any(each => each.GetString() == flag);

    internal static string Describe(this JsonElement test) => $"tcId {test.GetProperty("tcId").GetInt32()}: {test.Text("comment")}";

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LATCHKEY_VECTORS") is { Length: > 0 } configured)
            return configured;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Latchkey.slnx")))
                return Path.Combine(folder.FullName, "..", "shared", "vectors");
        }
        return null;
    }
}
