using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>A response as it came from the origin, whole, with what makes out how long it is fresh (RFC 9111 §4.2). Immutable.</summary>
internal sealed class StoredResponse
{
    /// <summary>Of fields, names and the object itself, so that a site of many small things does not outgrow its size.</summary>
    private const int Overhead = 1024;

    private readonly TimeSpan _ageAtArrival;
    private readonly CacheControlHeaderValue _directives;

    /// <param name="asked">When the origin was asked.</param>
    /// <param name="arrived">When its answer's head was here.</param>
    public StoredResponse(int status, IReadOnlyList<KeyValuePair<string, StringValues>> headers, byte[] body, IReadOnlyList<KeyValuePair<string, string>> varied, DateTimeOffset asked, DateTimeOffset arrived)
    {
        Status = status;
        Headers = headers;
        Body = body;
        Varied = varied;
        Arrived = arrived;
        _directives = CacheDirectives.Of(Field(HeaderNames.CacheControl));
        var freshness = Freshness.Of(_directives, Field(HeaderNames.Expires), Field(HeaderNames.Date), arrived);
        Lifetime = freshness.Lifetime;
        _ageAtArrival = AgeAtArrival(asked, arrived);
        ETag = Field(HeaderNames.ETag) is { Count: 1 } tag && EntityTagHeaderValue.TryParse(tag.ToString(), out var parsed) ? parsed : null;
        LastModified = HeaderUtilities.TryParseDate(Field(HeaderNames.LastModified).ToString(), out var modified) ? modified : null;
    }

    public int Status { get; }

    /// <summary>As they came, without what belongs to a connection. Age and Content-Length are made anew for each answer.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Headers { get; }

    public byte[] Body { get; }

    /// <summary>The request's fields that Vary names, as they were (RFC 9111 §4.1).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Varied { get; }

    public DateTimeOffset Arrived { get; }

    public TimeSpan Lifetime { get; }

    public EntityTagHeaderValue? ETag { get; }

    public DateTimeOffset? LastModified { get; }

    public bool HasValidator => ETag is not null || LastModified is not null;

    /// <summary>No-cache: good for nothing without a question to the origin (RFC 9111 §5.2.2.4).</summary>
    public bool NeedsQuestion => _directives.NoCache;

    /// <summary>Bytes in memory, about: visitors choose what Vary names.</summary>
    public long Size => Body.Length + Overhead
        + (sizeof(char) * (Headers.Sum(header => header.Key.Length + header.Value.Sum(value => (long)(value?.Length ?? 0))) + Varied.Sum(varied => (long)varied.Value.Length)));

    public TimeSpan Age(DateTimeOffset now) => now > Arrived ? _ageAtArrival + (now - Arrived) : _ageAtArrival;

    /// <summary>Below zero: stale.</summary>
    public TimeSpan Left(DateTimeOffset now) => Lifetime - Age(now);

    /// <summary>For how long after its freshness it may be used where the origin fails (RFC 5861 §4); zero where the origin forbids it (RFC 9111 §4.2.4).</summary>
    public TimeSpan StaleIfError(TimeSpan otherwise) =>
        _directives.MustRevalidate || _directives.ProxyRevalidate || _directives.NoCache || _directives.SharedMaxAge is not null
            ? TimeSpan.Zero
            : _directives.Extension("stale-if-error") ?? otherwise;

    /// <summary>The same, as of now, with the fields of a 304 in the place of its own (RFC 9111 §3.2, §4.3.4).</summary>
    public StoredResponse Freshened(IEnumerable<KeyValuePair<string, StringValues>> news, DateTimeOffset asked, DateTimeOffset arrived)
    {
        var updates = news.Where(field => !IsOfTheBody(field.Key)).ToDictionary(field => field.Key, field => field.Value, StringComparer.OrdinalIgnoreCase);
        // An Age of the old answer says nothing of the new one.
        var kept = Headers.Where(field => !updates.ContainsKey(field.Key) && !field.Key.Equals(HeaderNames.Age, StringComparison.OrdinalIgnoreCase));
        return new StoredResponse(Status, [.. kept, .. updates], Body, Varied, asked, arrived);
    }

    /// <summary>Whether it is the one for a request (RFC 9111 §4.1).</summary>
    public bool Suits(IHeaderDictionary request) => Varied.All(field => FieldOf(request, field.Key) == field.Value);

    /// <summary>How fields are compared: their lines joined, without the space around commas (RFC 9111 §4.1).</summary>
    public static string FieldOf(IHeaderDictionary request, string name) =>
        string.Join(',', request[name].SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries)));

    private static bool IsOfTheBody(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && !name.Equals(HeaderNames.ContentLocation, StringComparison.OrdinalIgnoreCase);

    private StringValues Field(string name) => Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>RFC 9111 §4.2.3.</summary>
    private TimeSpan AgeAtArrival(DateTimeOffset asked, DateTimeOffset arrived)
    {
        var apparent = HeaderUtilities.TryParseDate(Field(HeaderNames.Date).ToString(), out var date) && arrived > date ? arrived - date : TimeSpan.Zero;
        var corrected = (arrived > asked ? arrived - asked : TimeSpan.Zero) + TimeSpan.FromSeconds(HeaderUtilities.TryParseNonNegativeInt32(Field(HeaderNames.Age).ToString(), out var age) ? age : 0);
        return apparent > corrected ? apparent : corrected;
    }
}
