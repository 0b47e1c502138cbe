using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Latchkey.Edge;

/// <summary>The edge's own answers, where no upstream gave one. They tell the visitor what happened and nothing of the inside.</summary>
internal static class StatusPage
{
    /// <param name="sentence">For people; no markup.</param>
    public static async Task WriteAsync(HttpContext context, int status, string sentence)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"{status} {ReasonOf(status)}");
        var page = Encoding.UTF8.GetBytes(
            $"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\n<h1>{title}</h1>\n<p>{WebUtility.HtmlEncode(sentence)}</p>\n");
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = page.Length;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(page, context.RequestAborted);
    }

    // The platform's list has no 425 (RFC 8470 §5.2).
    private static string ReasonOf(int status) => status == EarlyRequests.TooEarly ? "Too Early" : ReasonPhrases.GetReasonPhrase(status);
}
