using Latchkey.Configuration;
using Latchkey.Edge.Caching;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Latchkey.Tests.Edge.Caching;

public class SiteCacheTests
{
    [Fact]
    public void What_visitors_choose_counts_in_the_size_URLs_and_what_Vary_names()
    {
        using var cache = new SiteCache(new CacheConfig(1 << 20, 1 << 16, TimeSpan.Zero), TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var request = new DefaultHttpContext().Request;
        request.Host = new HostString("example.test");
        request.Path = "/" + new string('a', 8000);
        var response = new StoredResponse(200, [new("Cache-Control", new StringValues("max-age=60"))], [1], [new("Accept", new string('b', 4000))], now, now);
        cache.Keep(new CacheQuestion(request), response);
        Assert.Equal(1, cache.Count);
        Assert.InRange(cache.Bytes, 2 * (8000 + 4000), (2 * (8000 + 4000)) + 4096);
    }
}
