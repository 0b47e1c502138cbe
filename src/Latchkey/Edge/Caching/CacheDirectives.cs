using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>Cache-Control (RFC 9111 §5.2), by the framework's parser.</summary>
internal static class CacheDirectives
{
    private static readonly CacheControlHeaderValue None = new();

    /// <summary>What the field says; one that cannot be read says no-store, which is safe in a request and in a response.</summary>
    public static CacheControlHeaderValue Of(StringValues field)
    {
        if (StringValues.IsNullOrEmpty(field))
            return None;
        return CacheControlHeaderValue.TryParse(field.ToString(), out var directives) ? directives : new CacheControlHeaderValue { NoStore = true };
    }

    /// <summary>An extension's seconds, as <c>stale-if-error=60</c> (RFC 5861); null: it is not there, or is none.</summary>
    public static TimeSpan? Extension(this CacheControlHeaderValue directives, string name)
    {
        foreach (var extension in directives.Extensions)
        {
            if (extension.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && HeaderUtilities.TryParseNonNegativeInt32(extension.Value, out var seconds))
                return TimeSpan.FromSeconds(seconds);
        }

        return null;
    }
}
