using System.Globalization;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Tests.Edge.Caching;

/// <summary>A site with a cache before an origin whose answers the test writes; asked by curl.</summary>
internal sealed class CachedSite : IAsyncDisposable
{
    public const string Name = "example.test";

    private readonly WebOrigin _origin;
    private int _asked;

    private CachedSite(WebOrigin origin, EdgeUnderTest edge) => (_origin, Edge) = (origin, edge);

    public EdgeUnderTest Edge { get; }

    /// <summary>Requests that came as far as the origin.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <param name="answer">Called for each request, with its number from 1.</param>
    public static async Task<CachedSite> StartAsync(Func<HttpContext, int, Task> answer, object? cache = null)
    {
        CachedSite? site = null;
        var origin = await WebOrigin.StartAsync(context => answer(context, Interlocked.Increment(ref site!._asked)));
        site = new CachedSite(origin, await EdgeUnderTest.StartAsync(null, cache ?? true, (Name, origin.Address)));
        return site;
    }

    public async Task<CurlAnswer> CurlAsync(string path, params string[] options)
    {
        var heads = Edge.Folder.File(Guid.NewGuid().ToString("n"));
        var run = await ChildProcess.RunAsync(
            Tool.SkipUnless("curl"),
            ["-sS", "--max-time", "30", "--cacert", Edge.Folder.File("ca.pem"), "--resolve", $"{Name}:{Edge.Port}:127.0.0.1", "-D", heads, "-o", heads + ".body", .. options, $"https://{Name}:{Edge.Port}{path}"]);
        run.Succeeded();
        return CurlAnswer.Read(File.Exists(heads + ".body") ? await File.ReadAllTextAsync(heads + ".body") : "", await File.ReadAllLinesAsync(heads));
    }

    public Task StopOriginAsync() => _origin.DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        await _origin.DisposeAsync();
    }
}

/// <summary>What curl was told.</summary>
internal sealed record CurlAnswer(int Status, ILookup<string, string> Headers, string Body)
{
    /// <summary>RFC 9211.</summary>
    public string CacheStatus => string.Join(", ", Headers["Cache-Status"]);

    public bool IsHit => CacheStatus.Contains("; hit", StringComparison.Ordinal);

    public string this[string header] => string.Join(", ", Headers[header]);

    public static CurlAnswer Read(string body, string[] head) => new(
        int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture),
        head.Skip(1).Where(line => line.Contains(':', StringComparison.Ordinal)).ToLookup(line => line[..line.IndexOf(':', StringComparison.Ordinal)], line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(), StringComparer.OrdinalIgnoreCase),
        body);
}
