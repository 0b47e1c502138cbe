using System.Globalization;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Tests.Edge.Caching;

/// <summary>The edge as a CDN node: what it keeps of an origin's answers and when it asks again, by curl (RFC 9111).</summary>
[Trait("Catalogue", "D5")]
public sealed class CachedUpstreamTests
{
    [Theory]
    [InlineData("Cache-Control: max-age=60", true)]
    [InlineData("Cache-Control: public, max-age=60", true)]
    [InlineData("Cache-Control: max-age=0, s-maxage=60", true)]
    [InlineData("Cache-Control: max-age=60, stale-while-revalidate=30", true)]
    [InlineData("Expires: tomorrow", true)]
    [InlineData("Cache-Control: max-age=60, s-maxage=0", false)]
    [InlineData("Cache-Control: private, max-age=60", false)]
    [InlineData("Cache-Control: no-store", false)]
    [InlineData("Cache-Control: no-cache, max-age=60", false)]
    [InlineData("Cache-Control: max-age=nonsense", false)]
    [InlineData("Cache-Control: max-age=60|Set-Cookie: who=you", false)]
    [InlineData("Cache-Control: max-age=60|Vary: *", false)]
    [InlineData("Cache-Control: max-age=60|Age: 61", false)]
    [InlineData("Expires: 0", false)]
    [InlineData("X-Nothing: said", false)]
    [InlineData("Last-Modified: tomorrow", false)] // nothing is guessed
    public async Task An_answer_is_given_again_where_the_origin_says_so_and_nowhere_else(string fields, bool again)
    {
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1).ToString("r", CultureInfo.InvariantCulture);
        await using var site = await CachedSite.StartAsync((context, number) =>
        {
            foreach (var field in fields.Split('|').Select(line => line.Split(": ")))
                context.Response.Headers.Append(field[0], field[1].Replace("tomorrow", tomorrow, StringComparison.Ordinal));
            return context.Response.WriteAsync($"answer {number}");
        });

        var first = await site.CurlAsync("/page");
        var second = await site.CurlAsync("/page");

        Assert.Equal(("answer 1", again ? "answer 1" : "answer 2"), (first.Body, second.Body));
        Assert.StartsWith("latchkey; fwd=uri-miss", first.CacheStatus, StringComparison.Ordinal);
        Assert.Equal(again, second.IsHit);
        Assert.Equal(again || fields.Contains("Age: ", StringComparison.Ordinal), second.Headers.Contains("Age"));
        Assert.Equal(again ? 1 : 2, site.Asked);
    }

    [Theory]
    [InlineData("max-age=60", false)]
    [InlineData("public, max-age=60", true)]
    [InlineData("s-maxage=60", true)]
    [InlineData("must-revalidate, max-age=60", true)]
    public async Task An_answer_to_credentials_is_everybodys_only_where_the_origin_says_so(string control, bool again)
    {
        await using var site = await CachedSite.StartAsync((context, number) => AnswerAsync(context, control, $"answer {number}"));

        await site.CurlAsync("/", "-H", "Authorization: Bearer someones");

        Assert.Equal(again ? "answer 1" : "answer 2", (await site.CurlAsync("/")).Body);
    }

    [Fact]
    public async Task Vary_tells_answers_apart_and_query_case_and_order_do_too()
    {
        await using var site = await CachedSite.StartAsync((context, number) =>
        {
            context.Response.Headers.Vary = "Accept-Language, Accept-Encoding";
            return AnswerAsync(context, "max-age=60", $"{context.Request.Headers.AcceptLanguage} {context.Request.QueryString} {number}");
        });

        Assert.Equal("de  1", (await site.CurlAsync("/", "-H", "Accept-Language: de")).Body);
        var english = await site.CurlAsync("/", "-H", "Accept-Language: en, fr");
        Assert.Equal(("en, fr  2", "latchkey; fwd=vary-miss; stored"), (english.Body, english.CacheStatus));
        Assert.Equal("en, fr  2", (await site.CurlAsync("/", "-H", "Accept-Language: en,fr")).Body);
        Assert.Equal("de  1", (await site.CurlAsync("/", "-H", "Accept-Language: de")).Body);
        Assert.Equal("  3", (await site.CurlAsync("/")).Body);
        // Of requests that the framework's caches take for one.
        Assert.Equal(" ?a=1&b=2 4", (await site.CurlAsync("/?a=1&b=2")).Body);
        Assert.Equal(" ?b=2&a=1 5", (await site.CurlAsync("/?b=2&a=1")).Body);
        Assert.Equal(" ?A=1&b=2 6", (await site.CurlAsync("/?A=1&b=2")).Body);
        Assert.Equal(" ?a=1&b=2 4", (await site.CurlAsync("/?a=1&b=2")).Body);
    }

    [Theory]
    [InlineData("ETag", "\"v1\"")]
    [InlineData("Last-Modified", "Sat, 01 Nov 2025 12:00:00 GMT")]
    public async Task What_is_stale_is_asked_about_and_not_sent_again(string validator, string value)
    {
        await using var site = await CachedSite.StartAsync((context, number) =>
        {
            context.Response.Headers[validator] = value;
            context.Response.Headers["X-Answer"] = $"{number}";
            context.Response.Headers.CacheControl = "max-age=60, no-cache";
            if (context.Request.Headers.IfNoneMatch != value && context.Request.Headers.IfModifiedSince != value)
                return context.Response.WriteAsync($"answer {number}");
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        });

        await site.CurlAsync("/");
        var again = await site.CurlAsync("/");

        Assert.Equal((200, "answer 1", "latchkey; fwd=stale; fwd-status=304"), (again.Status, again.Body, again.CacheStatus));
        Assert.Equal("2", again["X-Answer"]); // the 304's fields are the answer's now
        Assert.Equal(2, site.Asked);
    }

    [Fact]
    public async Task What_has_changed_is_sent_anew_and_kept()
    {
        await using var site = await CachedSite.StartAsync((context, number) =>
        {
            context.Response.Headers.ETag = $"\"v{number}\"";
            return AnswerAsync(context, number == 1 ? "max-age=0" : "max-age=60", $"answer {number}");
        });

        await site.CurlAsync("/");

        Assert.Equal("answer 2", (await site.CurlAsync("/")).Body);
        Assert.Equal("answer 2", (await site.CurlAsync("/")).Body);
    }

    [Fact]
    public async Task Clients_with_conditions_ranges_and_HEAD_are_answered_from_what_is_kept()
    {
        await using var site = await CachedSite.StartAsync((context, _) =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            context.Response.Headers.LastModified = "Sat, 01 Nov 2025 12:00:00 GMT";
            context.Response.ContentType = "text/plain";
            return AnswerAsync(context, "max-age=60", "0123456789");
        });
        await site.CurlAsync("/");

        var unchanged = await site.CurlAsync("/", "-H", "If-None-Match: \"v0\", \"v1\"");
        Assert.Equal((304, ""), (unchanged.Status, unchanged.Body));
        Assert.Equal(("\"v1\"", "max-age=60"), (unchanged["ETag"], unchanged["Cache-Control"]));
        Assert.Equal(200, (await site.CurlAsync("/", "-H", "If-None-Match: \"v0\"")).Status);
        Assert.Equal(304, (await site.CurlAsync("/", "-H", "If-Modified-Since: Sat, 01 Nov 2025 12:00:00 GMT")).Status);
        var part = await site.CurlAsync("/", "-H", "Range: bytes=2-4");
        Assert.Equal((206, "234", "bytes 2-4/10"), (part.Status, part.Body, part["Content-Range"]));
        Assert.Equal((206, "789"), (await site.CurlAsync("/", "-H", "Range: bytes=-3")) is { } tail ? (tail.Status, tail.Body) : default);
        Assert.Equal(416, (await site.CurlAsync("/", "-H", "Range: bytes=10-")).Status);
        Assert.Equal((200, "0123456789"), (await site.CurlAsync("/", "-H", "Range: bytes=2-4", "-H", "If-Range: \"v0\"")) is { } whole ? (whole.Status, whole.Body) : default);
        var head = await site.CurlAsync("/", "-I");
        Assert.Equal((200, "10", "text/plain"), (head.Status, head["Content-Length"], head["Content-Type"]));
        Assert.True(head.IsHit);
        Assert.Equal(1, site.Asked);
    }

    [Fact]
    public async Task A_range_that_is_not_kept_is_the_origins_and_is_not_taken_for_the_whole()
    {
        await using var site = await CachedSite.StartAsync((context, _) =>
        {
            if (context.Request.Headers.Range.Count == 0)
                return AnswerAsync(context, "max-age=60", "0123456789");
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = "bytes 2-4/10";
            return AnswerAsync(context, "max-age=60", "234");
        });

        Assert.Equal((206, "234"), (await site.CurlAsync("/", "-H", "Range: bytes=2-4")) is { } part ? (part.Status, part.Body) : default);
        Assert.Equal((200, "0123456789"), (await site.CurlAsync("/")) is { } whole ? (whole.Status, whole.Body) : default);
    }

    [Theory]
    [InlineData("Cache-Control: no-cache", "answer 2", "answer 2")]
    [InlineData("Pragma: no-cache", "answer 2", "answer 2")]
    [InlineData("Cache-Control: max-age=0", "answer 2", "answer 2")]
    [InlineData("Cache-Control: min-fresh=3600", "answer 2", "answer 2")]
    [InlineData("Cache-Control: no-store", "answer 1", "answer 1")]
    [InlineData("Cache-Control: max-stale", "answer 1", "answer 1")]
    public async Task A_client_may_insist_on_the_origin(string field, string now, string afterwards)
    {
        await using var site = await CachedSite.StartAsync((context, number) =>
        {
            context.Response.Headers.Age = "1";
            return AnswerAsync(context, "max-age=60", $"answer {number}");
        });
        await site.CurlAsync("/");

        Assert.Equal(now, (await site.CurlAsync("/", "-H", field)).Body);
        Assert.Equal(afterwards, (await site.CurlAsync("/")).Body);
    }

    [Fact]
    public async Task Who_wants_what_is_kept_alone_gets_nothing_else()
    {
        await using var site = await CachedSite.StartAsync((context, number) => AnswerAsync(context, "max-age=60", $"answer {number}"));

        Assert.Equal(504, (await site.CurlAsync("/", "-H", "Cache-Control: only-if-cached")).Status);
        Assert.Equal(0, site.Asked);
        await site.CurlAsync("/");
        Assert.Equal("answer 1", (await site.CurlAsync("/", "-H", "Cache-Control: only-if-cached")).Body);
    }

    [Fact]
    public async Task A_change_forgets_what_it_may_have_changed_and_a_failed_one_nothing()
    {
        await using var site = await CachedSite.StartAsync((context, number) =>
        {
            if (HttpMethods.IsGet(context.Request.Method))
                return AnswerAsync(context, "max-age=60", $"answer {number}");
            context.Response.StatusCode = context.Request.Query.ContainsKey("fails") ? 500 : 201;
            context.Response.Headers.Location = "/list";
            return Task.CompletedTask;
        });
        foreach (var path in (string[])["/item", "/list", "/other", "/item?fails"])
            await site.CurlAsync(path);

        Assert.Equal("latchkey; fwd=method", (await site.CurlAsync("/item", "-X", "POST", "-d", "x")).CacheStatus);
        await site.CurlAsync("/item?fails", "-X", "DELETE");

        Assert.Equal((false, false, true, true), ((await site.CurlAsync("/item")).IsHit, (await site.CurlAsync("/list")).IsHit, (await site.CurlAsync("/other")).IsHit, (await site.CurlAsync("/item?fails")).IsHit));
    }

    [Theory]
    [InlineData("max-age=60, stale-if-error=3600", 0, true)]
    [InlineData("max-age=60", 3600, true)]
    [InlineData("max-age=60", 0, false)]
    [InlineData("max-age=60, must-revalidate", 3600, false)]
    [InlineData("s-maxage=60", 3600, false)]
    public async Task While_the_origin_fails_what_is_stale_may_do(string control, int configured, bool served)
    {
        await using var site = await CachedSite.StartAsync(
            (context, number) =>
            {
                // It was two minutes on the way, so that it is stale when it comes.
                context.Response.Headers.Age = "120";
                context.Response.StatusCode = number == 1 ? 200 : 503;
                return AnswerAsync(context, control, $"answer {number}");
            },
            new { staleIfErrorSeconds = configured });
        Assert.Equal("answer 1", (await site.CurlAsync("/")).Body);

        var failing = await site.CurlAsync("/");
        await site.StopOriginAsync();
        var gone = await site.CurlAsync("/");

        Assert.Equal(served ? (200, "answer 1") : (503, "answer 2"), (failing.Status, failing.Body));
        Assert.Equal(served ? 200 : 502, gone.Status);
        Assert.Equal(served, gone.CacheStatus.Contains("ORIGIN_FAILED", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_an_answer_that_breaks_off_and_of_one_that_is_too_long_nothing_is_kept()
    {
        var underWay = new TaskCompletionSource();
        await using var site = await CachedSite.StartAsync(
            async (context, number) =>
            {
                var isLong = context.Request.Path == "/long";
                context.Response.Headers.CacheControl = "max-age=60";
                await context.Response.WriteAsync(new string('x', isLong ? 3000 : 100));
                await context.Response.Body.FlushAsync();
                if (isLong || number > 1)
                    return;
                await underWay.Task;
                context.Abort();
            },
            new { maxBodyKilobytes = 2 });

        using (var http = site.Edge.Http(CachedSite.Name))
        using (var broken = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
        {
            underWay.SetResult();
            await Assert.ThrowsAnyAsync<Exception>(() => broken.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.False((await site.CurlAsync("/")).IsHit);
        Assert.True((await site.CurlAsync("/")).IsHit);
        Assert.Equal(3000, (await site.CurlAsync("/long")).Body.Length);
        Assert.False((await site.CurlAsync("/long")).IsHit);
    }

    [Fact]
    public async Task What_is_kept_does_not_outgrow_its_size()
    {
        await using var site = await CachedSite.StartAsync((context, _) => AnswerAsync(context, "max-age=600", new string('x', 100_000)), new { sizeMegabytes = 1, maxBodyKilobytes = 500 });
        using var http = site.Edge.Http(CachedSite.Name);

        for (var i = 0; i < 60; i++)
            await http.GetStringAsync($"/{i}", TestContext.Current.CancellationToken);

        var status = site.Edge.Host.Status.Sites[0].Cache!;
        Assert.InRange(status.Bytes, 100_000, 1 << 20);
        Assert.InRange(status.Urls, 1, 10);
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_asks_the_origin()
    {
        var open = new TaskCompletionSource();
        await using var site = await CachedSite.StartAsync(async (context, number) =>
        {
            await open.Task;
            await AnswerAsync(context, "max-age=60", $"answer {number}");
        });
        using var http = site.Edge.Http(CachedSite.Name);

        var asking = Enumerable.Range(0, 20).Select(_ => http.GetStringAsync("/", TestContext.Current.CancellationToken)).ToArray();
        while (site.Asked == 0)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        open.SetResult();

        Assert.All(await Task.WhenAll(asking), body => Assert.Equal("answer 1", body));
        Assert.Equal(1, site.Asked);
    }

    [Fact]
    public async Task A_reload_keeps_it_and_a_purge_forgets_one_resource_or_all()
    {
        await using var site = await CachedSite.StartAsync((context, number) => AnswerAsync(context, "max-age=60", $"answer {number}"));
        await site.CurlAsync("/a?x=1");
        await site.CurlAsync("/b");
        await site.CurlAsync("/c");

        await site.Edge.ReloadAsync();
        Assert.True((await site.CurlAsync("/a?x=1")).IsHit);
        Assert.Equal(1, site.Edge.Host.Purge(CachedSite.Name, "/a?x=1"));
        Assert.False((await site.CurlAsync("/a?x=1")).IsHit);
        Assert.True((await site.CurlAsync("/b")).IsHit);
        Assert.Equal(3, site.Edge.Host.Purge("EXAMPLE.test", null));
        Assert.False((await site.CurlAsync("/b")).IsHit);
        Assert.Null(site.Edge.Host.Purge("other.test", null));
    }

    private static Task AnswerAsync(HttpContext context, string control, string body)
    {
        context.Response.Headers.CacheControl = control;
        return context.Response.WriteAsync(body);
    }
}
