using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Latchkey.Tls.AspNetCore.Tests;

/// <summary>Sessions over any <see cref="IDistributedCache"/>, and what a bad one does to handshakes: nothing.</summary>
[Trait("Catalogue", "R1")]
public sealed class SharedSessionCacheTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TlsSite Site = new() { Name = "example.test", Certificates = [] };
    private static readonly TlsSite Other = new() { Name = "other.test", Certificates = [] };
    private readonly SharedTicketKeyRing _ring = new(RandomNumberGenerator.GetBytes(32), TimeSpan.FromHours(12), TimeSpan.FromDays(7), CryptoProvider.Default, TimeProvider.System);
    private readonly byte[] _identifier = RandomNumberGenerator.GetBytes(32);

    public void Dispose() => _ring.Dispose();

    [Fact]
    [Trait("Attack", "9")]
    public async Task A_session_is_found_under_its_identifier_at_its_site_only()
    {
        var cache = Over(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));
        using var state = State();
        await cache.KeepAsync(_identifier, state, None);

        using var found = await cache.FindAsync(_identifier, Site, None);
        Assert.Equal(state.Secret.Span, found!.Secret.Span);
        Assert.Null(await cache.FindAsync(_identifier, Other, None));
        Assert.Null(await cache.FindAsync(RandomNumberGenerator.GetBytes(32), Site, None));
        Assert.Null(await cache.FindAsync(_identifier.AsMemory(0, 31), Site, None));
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task The_cache_holds_no_secret_and_what_it_holds_opens_under_the_ring_alone()
    {
        var kept = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var spy = new ScriptedCache((key, _) => Task.FromResult(kept.GetValueOrDefault(key)), (key, value) => kept[key] = value);
        using var other = new SharedTicketKeyRing(RandomNumberGenerator.GetBytes(32), TimeSpan.FromHours(12), TimeSpan.FromDays(7), CryptoProvider.Default, TimeProvider.System);
        using var state = State();
        await Over(spy).KeepAsync(_identifier, state, None);

        var (key, box) = Assert.Single(kept);
        Assert.Equal(-1, box.AsSpan().IndexOf(state.Secret.Span));
        Assert.DoesNotContain(Convert.ToHexStringLower(_identifier), key, StringComparison.Ordinal);
        Assert.Null(await Over(spy, other).FindAsync(_identifier, Site, None));
        using var found = await Over(spy).FindAsync(_identifier, Site, None);
        Assert.Equal(state.Secret.Span, found!.Secret.Span);
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task Without_a_fresh_key_nothing_is_kept()
    {
        var asked = new ScriptedCache((_, _) => Task.FromResult<byte[]?>(null));
        using var state = State();
        await Over(asked, new OutlivedRing()).KeepAsync(_identifier, state, None);

        Assert.Equal(0, asked.Asked);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_cache_that_throws_finds_nothing_and_is_left_alone_for_a_moment()
    {
        var broken = new ScriptedCache((_, _) => throw new InvalidOperationException("down"));
        var cache = Over(broken);
        using var state = State();
        await cache.KeepAsync(_identifier, state, None);
        for (var i = 0; i < 10; i++)
            Assert.Null(await cache.FindAsync(_identifier, Site, None));
        Assert.Equal(1, broken.Asked);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_cache_that_never_answers_costs_a_handshake_no_more_than_the_timeout()
    {
        var cache = Over(new ScriptedCache((_, _) => new TaskCompletionSource<byte[]?>().Task));
        Assert.Null(await cache.FindAsync(_identifier, Site, None).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_cache_makes_up_is_no_session()
    {
        foreach (var made in (byte[][])[[], new byte[48], RandomNumberGenerator.GetBytes(300), new byte[100_000]])
            Assert.Null(await Over(new ScriptedCache((_, _) => Task.FromResult<byte[]?>(made))).FindAsync(_identifier, Site, None));
    }

    private SharedSessionCache Over(IDistributedCache cache, TicketKeyRing? ring = null) =>
        new(cache, ring ?? _ring, CryptoProvider.Default, TimeProvider.System, SharedSessionCache.DefaultTimeout, NullLogger<SharedSessionCache>.Instance);

    private static SessionState State()
    {
        var now = DateTimeOffset.UtcNow;
        return new SessionState(
            new SessionFacts
            {
                Version = TlsVersion.Tls12,
                CipherSuite = CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                Site = "example.test",
                ServerName = null,
                ApplicationProtocol = null,
                CertificateFingerprint = new byte[32],
                Established = now,
                Issued = now,
                Lifetime = TimeSpan.FromHours(1),
            },
            SecretBytes.Random(48));
    }

    private sealed class OutlivedRing : TicketKeyRing
    {
        public override TicketKey? ForSealing() => null;

        public override TicketKey? Find(ReadOnlySpan<byte> name) => null;
    }

    /// <summary>Answers whatever it is asked as a test says.</summary>
    private sealed class ScriptedCache(Func<string, CancellationToken, Task<byte[]?>> answer, Action<string, byte[]>? keep = null) : IDistributedCache
    {
        public int Asked { get; private set; }

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Answer(key, token);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
        {
            keep?.Invoke(key, value);
            return Answer(key, token);
        }

        public Task RemoveAsync(string key, CancellationToken token = default) => Answer(key, token);

        public Task RefreshAsync(string key, CancellationToken token = default) => Answer(key, token);

        public byte[]? Get(string key) => throw new NotSupportedException();

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

        public void Remove(string key) => throw new NotSupportedException();

        public void Refresh(string key) => throw new NotSupportedException();

        private Task<byte[]?> Answer(string key, CancellationToken token)
        {
            Asked++;
            return answer(key, token);
        }
    }
}
