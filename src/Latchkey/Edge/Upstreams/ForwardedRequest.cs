using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Latchkey.Edge.Upstreams;

/// <summary>
/// What the origin is told of the client: <c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c>. What the client says of itself in these
/// headers is dropped: the edge is the first hop, and origins decide by them who may do what. <c>Host</c> is passed on. The answer is shown to whoever watches it.
/// </summary>
internal sealed class ForwardedRequest : HttpTransformer
{
    public static ForwardedRequest Instance { get; } = new();

    private static readonly string[] Claims =
        ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Real-IP"];

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        foreach (var claim in Claims)
            headers.Remove(claim);
        if (httpContext.Connection.RemoteIpAddress is { } client)
            headers.TryAddWithoutValidation("X-Forwarded-For", (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString());
        headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        if (httpContext.Request.Host is { HasValue: true } host)
            headers.TryAddWithoutValidation("X-Forwarded-Host", host.Value);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var watcher = proxyResponse is null ? null : httpContext.Features.Get<IAnswerWatcher>();
        if (watcher?.TakesOver(proxyResponse!) == true)
            return false;
        var hasBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        watcher?.Passing();
        return hasBody;
    }
}
