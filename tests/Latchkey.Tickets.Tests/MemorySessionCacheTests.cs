using System.Security.Cryptography;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tickets.Tests;

[Trait("Catalogue", "R1")]
public sealed class MemorySessionCacheTests : IDisposable
{
    private readonly TestClock _clock = new();
    private readonly MemorySessionCache _cache;

    public MemorySessionCacheTests() => _cache = new MemorySessionCache(_clock, maxSessions: 3);

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task A_session_is_found_as_often_as_it_is_asked_for()
    {
        using var state = SampleSession.Of(_clock.Now);
        var identifier = await KeepAsync(state);
        for (var i = 0; i < 2; i++)
        {
            using var found = await FindAsync(identifier);
            Assert.Equal(state.Secret.Span, found!.Secret.Span);
        }
    }

    [Fact]
    public async Task Nobody_finds_an_identifier_that_was_not_given_out()
    {
        using var state = SampleSession.Of(_clock.Now);
        var identifier = await KeepAsync(state);
        Assert.Null(await FindAsync(RandomNumberGenerator.GetBytes(32)));
        Assert.Null(await FindAsync(identifier.AsMemory(0, 31)));
        Assert.Null(await FindAsync(new byte[1]));
    }

    [Fact]
    public async Task When_its_lifetime_is_over_it_is_gone()
    {
        using var state = SampleSession.Of(_clock.Now);
        var identifier = await KeepAsync(state);
        _clock.Now += TimeSpan.FromHours(12);
        Assert.Null(await FindAsync(identifier));
    }

    [Fact]
    public async Task In_full_room_the_oldest_makes_place()
    {
        var identifiers = new List<byte[]>();
        for (var i = 0; i < 5; i++)
        {
            using var state = SampleSession.Of(_clock.Now);
            identifiers.Add(await KeepAsync(state));
        }
        var found = new List<bool>();
        foreach (var identifier in identifiers)
        {
            using var state = await FindAsync(identifier);
            found.Add(state is not null);
        }
        Assert.Equal([false, false, true, true, true], found);
    }

    private async Task<byte[]> KeepAsync(SessionState state)
    {
        var identifier = RandomNumberGenerator.GetBytes(32);
        await _cache.KeepAsync(identifier, state, CancellationToken.None);
        return identifier;
    }

    private ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier) => _cache.FindAsync(identifier, SampleSession.Site("example.test"), CancellationToken.None);
}
