using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Edge.Caching;

/// <summary>Cache-Status (RFC 9211): how an answer came about, after what caches nearer to the origin say.</summary>
internal static class CacheStatusField
{
    public const string Name = "Cache-Status";

    public static void Hit(IHeaderDictionary headers, TimeSpan left, string? detail = null) =>
        headers.Append(Name, string.Create(CultureInfo.InvariantCulture, $"latchkey; hit; ttl={(long)left.TotalSeconds}{(detail is null ? "" : "; detail=" + detail)}"));

    /// <param name="why">A forward reason of §2.2: <c>uri-miss</c>, <c>stale</c> …</param>
    public static void Forwarded(IHeaderDictionary headers, string why, string? more = null) => headers.Append(Name, $"latchkey; fwd={why}{(more is null ? "" : "; " + more)}");
}
