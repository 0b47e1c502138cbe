using Latchkey.Edge.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Edge.Caching;

/// <summary>One question to the origin on a cache's behalf: what is asked besides what the client asks, and what of the answer is kept, or stands back for what is kept.</summary>
internal sealed class OriginExchange(HttpContext context, CacheQuestion question, StoredResponse? stored, SiteCache cache, string why, RequestsUnderWay.Turn? turn, TimeProvider time) : IAnswerWatcher, IDisposable
{
    private static readonly string[] Conditions = [HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.Range, HeaderNames.IfRange];

    private readonly DateTimeOffset _asked = time.GetUtcNow();
    private readonly bool _validates = stored is { HasValidator: true } && HttpMethods.IsGet(context.Request.Method);
    private readonly KeyValuePair<string, StringValues>[] _clients = [.. Conditions.Select(name => KeyValuePair.Create(name, context.Request.Headers[name]))];
    private readonly IHttpResponseBodyFeature _body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
    private DateTimeOffset _arrived;
    private CopyingStream? _copying;
    private KeyValuePair<string, StringValues>[] _headers = [];

    /// <summary>What the client gets in the place of the origin's answer; null: it has that.</summary>
    public StoredResponse? Instead { get; private set; }

    /// <summary>The origin said that what is kept is still right.</summary>
    public bool IsValidated { get; private set; }

    /// <summary>For metrics.</summary>
    public string Result { get; private set; } = "miss";

    /// <summary>Puts the cache's conditions in the place of the client's, whose own are for what is kept.</summary>
    public void Begin()
    {
        if (!_validates)
            return;
        var request = context.Request.Headers;
        foreach (var name in Conditions)
            request.Remove(name);
        if (stored!.ETag is { } tag)
            request.IfNoneMatch = tag.ToString();
        if (stored.LastModified is { } modified)
            request.IfModifiedSince = HeaderUtilities.FormatDate(modified);
    }

    /// <summary>Puts everything back.</summary>
    public void Dispose()
    {
        foreach (var (name, value) in _clients)
            context.Request.Headers[name] = value;
        context.Features.Set(_body);
        _copying?.Dispose();
    }

    public bool TakesOver(HttpResponseMessage answer)
    {
        _arrived = time.GetUtcNow();
        if (_validates && (int)answer.StatusCode == StatusCodes.Status304NotModified)
        {
            var news = answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).Where(field => !IsOfTheConnection(field.Key));
            Instead = stored!.Freshened(news.Select(field => KeyValuePair.Create(field.Key, new StringValues([.. field.Value]))), _asked, _arrived);
            IsValidated = true;
            Result = "revalidated";
            CacheStatusField.Forwarded(context.Response.Headers, why, "fwd-status=304");
            return true;
        }

        return (int)answer.StatusCode is 500 or 502 or 503 or 504 && TakesOverFailure();
    }

    public bool TakesOverFailure()
    {
        var now = time.GetUtcNow();
        // To a client that insists on the origin, an old answer is none.
        if (stored is null || question.InsistsOnOrigin || -stored.Left(now) > stored.StaleIfError(cache.Config.StaleIfError) || stored.NeedsQuestion)
            return false;
        Instead = stored;
        Result = "stale";
        CacheStatusField.Hit(context.Response.Headers, stored.Left(now), "ORIGIN_FAILED");
        return true;
    }

    public void Passing()
    {
        var response = context.Response;
        var isKept = StoringRules.MayBeStored(question, response, cache.Config.MaxBody, _arrived);
        CacheStatusField.Forwarded(response.Headers, why, isKept ? "stored" : null);
        if (!isKept)
        {
            turn?.Dispose();
            return;
        }

        _headers = [.. response.Headers.Where(field => !field.Key.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase))];
        _copying = new CopyingStream(response.Body, cache);
        response.Body = _copying;
    }

    /// <summary>What has passed, whole; null: it is not kept. Only where nothing broke off.</summary>
    public StoredResponse? Received()
    {
        if (_copying?.Copy is not { } body || (context.Response.ContentLength is { } said && said != body.Length))
            return null;
        var response = context.Response;
        return new StoredResponse(response.StatusCode, _headers, body, StoringRules.Varied(context.Request, response.Headers.Vary), _asked, _arrived);
    }

    // RFC 9110 §7.6.1; what the forwarder leaves out of an answer that it passes on.
    private static bool IsOfTheConnection(string name) =>
        name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.KeepAlive, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.SetCookie, StringComparison.OrdinalIgnoreCase);
}
