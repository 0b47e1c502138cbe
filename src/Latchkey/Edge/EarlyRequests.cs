using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Edge;

/// <summary>Requests that came in early data and may be replays (RFC 8446 §8, RFC 8470): safe ones go on, marked; others are for a second try.</summary>
internal static class EarlyRequests
{
    /// <summary>425 Too Early, RFC 8470 §5.2.</summary>
    public const int TooEarly = 425;

    private const string Header = "Early-Data";

    /// <summary>Marks a request that may be a replay for the upstream (RFC 8470 §5.1). What a client says under this name stays: a hop before us may have put it there.</summary>
    /// <returns>false: the request is to be answered by 425 (§5.2).</returns>
    public static bool MayBeActedOn(HttpContext context)
    {
        if (context.Features.Get<IEarlyDataFeature>() is not { MayBeReplayed: true })
            return true;
        var request = context.Request;
        // What an upgraded connection carries has no method to be judged by.
        if (!IsSafe(request.Method) || request.Headers.ContainsKey("Upgrade"))
            return false;
        request.Headers[Header] = "1";
        return true;
    }

    /// <summary>RFC 9110 §9.2.1.</summary>
    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);
}
