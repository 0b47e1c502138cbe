using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>
/// Answers with what is kept: its fields and Age; for a 200, preconditions (304) and ranges (206, 416) by the framework's evaluation of RFC 9110 §13 and §14; HEAD without a body.
/// </summary>
internal static class StoredAnswer
{
    public static async Task WriteAsync(HttpContext context, StoredResponse stored, DateTimeOffset now)
    {
        var response = context.Response;
        response.StatusCode = stored.Status;
        // The origin's 304, or its failure, may have left its own.
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        foreach (var (name, values) in stored.Headers)
        {
            if (!name.Equals(CacheStatusField.Name, StringComparison.OrdinalIgnoreCase))
                response.Headers[name] = values;
        }

        response.Headers.Age = ((long)stored.Age(now).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (stored.Status == StatusCodes.Status200OK)
        {
            var contentType = response.ContentType;
            // Where the origin names no type, the framework would.
            if (contentType is null)
                response.OnStarting(static of => { ((HttpResponse)of).Headers.Remove(HeaderNames.ContentType); return Task.CompletedTask; }, response);
            await TypedResults.Bytes(stored.Body, contentType, fileDownloadName: null, enableRangeProcessing: true, stored.LastModified, stored.ETag).ExecuteAsync(context);
            return;
        }

        if (stored.Status != StatusCodes.Status204NoContent)
            response.ContentLength = stored.Body.Length;
        if (stored.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(stored.Body, context.RequestAborted);
    }
}
