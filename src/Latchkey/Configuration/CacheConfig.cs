namespace Latchkey.Configuration;

/// <summary>A site's <c>cache</c>.</summary>
/// <param name="Size">Bytes of responses kept in memory at most.</param>
/// <param name="MaxBody">Bytes of a body that is kept at most.</param>
/// <param name="StaleIfError">For how long after its freshness a response is good enough while the origin fails, where the origin says nothing of it.</param>
internal sealed record CacheConfig(long Size, int MaxBody, TimeSpan StaleIfError);
