using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>How long a response is fresh (RFC 9111 §4.2.1) in a cache that many share.</summary>
/// <param name="IsSaid">Whether the origin says so; nothing is guessed (§4.2.2).</param>
internal readonly record struct Freshness(TimeSpan Lifetime, bool IsSaid)
{
    public static Freshness Of(CacheControlHeaderValue directives, StringValues expires, StringValues date, DateTimeOffset arrived)
    {
        if ((directives.SharedMaxAge ?? directives.MaxAge) is { } said)
            return new Freshness(said, true);
        if (StringValues.IsNullOrEmpty(expires))
            return default;
        // §5.3: what is no date, as 0, has expired.
        if (!HeaderUtilities.TryParseDate(expires.ToString(), out var end))
            return new Freshness(TimeSpan.Zero, true);
        var begin = HeaderUtilities.TryParseDate(date.ToString(), out var made) ? made : arrived;
        return new Freshness(end > begin ? end - begin : TimeSpan.Zero, true);
    }
}
