using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>What may be kept (RFC 9111 §3), on the cautious side: only what the origin says something about, nothing partial, nothing that sets a cookie.</summary>
internal static class StoringRules
{
    private static bool IsUnderstood(int status) => status is 200 or 203 or 204 or 300 or 301 or 302 or 307 or 308 or 404 or 405 or 410;

    public static bool MayBeStored(CacheQuestion question, HttpResponse response, int maxBody, DateTimeOffset arrived)
    {
        var headers = response.Headers;
        var directives = CacheDirectives.Of(headers.CacheControl);
        return question.MayBeStored
            && IsUnderstood(response.StatusCode)
            && !directives.NoStore && !directives.Private
            && (!question.HasCredentials || directives.Public || directives.MustRevalidate || directives.SharedMaxAge is not null) // §3.5
            && headers.SetCookie.Count == 0
            && !headers.Vary.Any(line => line?.Contains('*', StringComparison.Ordinal) == true)
            && headers.ContentRange.Count == 0
            && !(headers.ContentLength > maxBody)
            && IsOfUse(directives, headers, arrived);
    }

    /// <summary>The request's fields that decide which answer it gets.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Varied(HttpRequest request, StringValues vary) =>
    [
        .. vary.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(name => KeyValuePair.Create(name, StoredResponse.FieldOf(request.Headers, name))),
    ];

    // Fresh for a while, or to be asked about and then not sent again.
    private static bool IsOfUse(CacheControlHeaderValue directives, IHeaderDictionary headers, DateTimeOffset arrived)
    {
        var freshness = Freshness.Of(directives, headers.Expires, headers.Date, arrived);
        var hasValidator = headers.ETag.Count == 1 || headers.LastModified.Count == 1;
        return (freshness.Lifetime > TimeSpan.Zero && !directives.NoCache) || (hasValidator && (freshness.IsSaid || directives.NoCache || directives.Public));
    }
}
