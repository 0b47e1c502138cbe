using Latchkey.Edge.Upstreams;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Latchkey.Edge.Caching;

/// <summary>
/// An HTTP upstream with a cache in front of it that many clients share (D5; RFC 9111): what may be kept is kept, what is stale is asked about again, and where the origin
/// fails what is kept may do for a while.
/// </summary>
internal sealed class CachedUpstream(string site, Upstream origin, SiteCache cache, EdgeMetrics metrics, TimeProvider time) : Upstream
{
    private readonly RequestsUnderWay _underWay = new(time);

    public SiteCache Cache => cache;

    public override IReadOnlyList<string> ApplicationProtocols => origin.ApplicationProtocols;

    public override Task ServeRequestAsync(HttpContext context)
    {
        var question = new CacheQuestion(context.Request);
        if (question.MayUseCache)
            return AnswerAsync(context, question);
        CacheStatusField.Forwarded(context.Response.Headers, question.IsRetrieval ? "bypass" : "method");
        metrics.Cached(site, "bypass");
        return question.MayChangeThings ? ChangeAsync(context, question) : origin.ServeRequestAsync(context);
    }

    private async Task AnswerAsync(HttpContext context, CacheQuestion question)
    {
        var stored = cache.Find(question, out var hasOthers);
        if (await TryHitAsync(context, question, stored))
            return;
        if (question.WantsOnlyCached)
        {
            await StatusPage.WriteAsync(context, StatusCodes.Status504GatewayTimeout, "This is not kept here.");
            return;
        }

        using var turn = question.MayBeStored && stored is null && !question.InsistsOnOrigin ? await _underWay.EnterAsync(question.Key, context.RequestAborted) : null;
        if (turn is { HasWaited: true } && await TryHitAsync(context, question, stored = cache.Find(question, out hasOthers)))
            return;
        var why = stored is not null ? question.InsistsOnOrigin ? "request" : "stale" : hasOthers ? "vary-miss" : "uri-miss";
        await AskAsync(context, question, stored, why, turn);
    }

    private async Task<bool> TryHitAsync(HttpContext context, CacheQuestion question, StoredResponse? stored)
    {
        var now = time.GetUtcNow();
        if (stored is null || stored.NeedsQuestion || stored.Left(now) is var left && (left <= TimeSpan.Zero || !question.Accepts(stored.Age(now), left)))
            return false;
        metrics.Cached(site, "hit");
        CacheStatusField.Hit(context.Response.Headers, left);
        await StoredAnswer.WriteAsync(context, stored, now);
        return true;
    }

    private async Task AskAsync(HttpContext context, CacheQuestion question, StoredResponse? stored, string why, RequestsUnderWay.Turn? turn)
    {
        var exchange = new OriginExchange(context, question, stored, cache, why, turn, time);
        context.Features.Set<IAnswerWatcher>(exchange);
        try
        {
            using (exchange)
            {
                exchange.Begin();
                await origin.ServeRequestAsync(context);
                if (context.GetForwarderErrorFeature() is null && exchange.Received() is { } received)
                    cache.Keep(question, received);
            }

            metrics.Cached(site, exchange.Result);
            if (exchange.Instead is not { } instead)
                return;
            if (exchange.IsValidated)
                cache.Keep(question, instead);
            await StoredAnswer.WriteAsync(context, instead, time.GetUtcNow());
        }
        finally
        {
            context.Features.Set<IAnswerWatcher>(null);
        }
    }

    /// <summary>RFC 9111 §4.4: after a change that succeeded, what is kept under its URL, and under those its answer names at this host, is forgotten.</summary>
    private async Task ChangeAsync(HttpContext context, CacheQuestion question)
    {
        await origin.ServeRequestAsync(context);
        if (context.Response.StatusCode is < 200 or >= 400)
            return;
        var host = context.Request.Host;
        cache.Remove(host, question.Target);
        foreach (var named in (string?[])[context.Response.Headers.Location, context.Response.Headers.ContentLocation])
        {
            if (Uri.TryCreate(new Uri($"https://{host.Value}{question.Target}"), named ?? "", out var uri) && uri.Authority.Equals(new Uri($"https://{host.Value}").Authority, StringComparison.OrdinalIgnoreCase))
                cache.Remove(host, uri.PathAndQuery);
        }
    }
}
