using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>What a request asks of the cache.</summary>
internal sealed class CacheQuestion
{
    private readonly CacheControlHeaderValue _directives;

    public CacheQuestion(HttpRequest request)
    {
        Request = request;
        // What the origin will be asked for: two requests with one key go to one and the same URL.
        Target = request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        Key = $"{request.Host.Value?.ToLowerInvariant()} {Target}";
        _directives = CacheDirectives.Of(request.Headers.CacheControl);
        // RFC 9111 §5.4: Pragma only where there is no Cache-Control.
        InsistsOnOrigin = _directives.NoCache || (request.Headers.CacheControl.Count == 0 && request.Headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase));
    }

    public HttpRequest Request { get; }

    public string Key { get; }

    /// <summary>Path and query as the origin is asked for them.</summary>
    public string Target { get; }

    /// <summary>GET and HEAD, without what only the origin can judge: a precondition that is about its state (RFC 9111 §4.3.2), an upgrade, a body.</summary>
    public bool MayUseCache =>
        IsRetrieval && !Request.Headers.ContainsKey(HeaderNames.IfMatch) && !Request.Headers.ContainsKey(HeaderNames.IfUnmodifiedSince)
        && !Request.Headers.ContainsKey(HeaderNames.Upgrade) && Request.ContentLength is null or 0 && !Request.Headers.ContainsKey(HeaderNames.TransferEncoding);

    /// <summary>Only a GET's answer is kept.</summary>
    public bool MayBeStored => HttpMethods.IsGet(Request.Method) && !_directives.NoStore;

    public bool IsRetrieval => HttpMethods.IsGet(Request.Method) || HttpMethods.IsHead(Request.Method);

    /// <summary>RFC 9111 §4.4: what an unsafe method may have changed is forgotten.</summary>
    public bool MayChangeThings => !IsRetrieval && !HttpMethods.IsOptions(Request.Method) && !HttpMethods.IsTrace(Request.Method);

    public bool InsistsOnOrigin { get; }

    public bool WantsOnlyCached => _directives.OnlyIfCached;

    public bool HasCredentials => !StringValues.IsNullOrEmpty(Request.Headers.Authorization);

    /// <summary>Whether a response that is fresh by its own terms is so by the client's too (RFC 9111 §5.2.1). max-stale is not taken up.</summary>
    public bool Accepts(TimeSpan age, TimeSpan left) =>
        !InsistsOnOrigin && !(_directives.MaxAge < age) && !(_directives.MinFresh > left);
}
