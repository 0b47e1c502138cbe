using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tickets.Tests;

[Trait("Catalogue", "R3")]
public sealed class TicketStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestClock _clock = new();
    private readonly SharedTicketKeyRing _ring;
    private readonly TicketStore _store;

    public TicketStoreTests()
    {
        _ring = new SharedTicketKeyRing(RandomNumberGenerator.GetBytes(32), TimeSpan.FromHours(4), TimeSpan.FromHours(12), CryptoProvider.Default, _clock);
        _store = new TicketStore("edge_ticket", _ring, CryptoProvider.Default);
    }

    public void Dispose() => _ring.Dispose();

    [Fact]
    public async Task A_ticket_opens_at_its_site_and_tells_nothing_on_the_way()
    {
        using var state = SampleSession.Of(_clock.Now);
        var ticket = await KeepAsync(state);
        Assert.Equal(-1, ticket.Span.IndexOf(state.Secret.Span));
        Assert.Equal(-1, ticket.Span.IndexOf("example.test"u8));
        using var found = await FindAsync(ticket);
        Assert.Equal(state.Secret.Span, found!.Secret.Span);
    }

    [Fact]
    public async Task Two_tickets_of_one_session_have_nothing_in_common_but_the_keys_name()
    {
        using var state = SampleSession.Of(_clock.Now);
        var (first, second) = (await KeepAsync(state), await KeepAsync(state));
        Assert.True(first.Span[..16].SequenceEqual(second.Span[..16]));
        Assert.False(first.Span[16..48].SequenceEqual(second.Span[16..48]));
    }

    [Fact]
    [Trait("Attack", "9")]
    public async Task At_another_site_under_the_same_ring_it_does_not_open()
    {
        using var state = SampleSession.Of(_clock.Now);
        Assert.Null(await _store.FindAsync(await KeepAsync(state), SampleSession.Site("example.tes"), None));
        Assert.Null(await _store.FindAsync(await KeepAsync(state), SampleSession.Site("other.test"), None));
    }

    [Fact]
    public async Task With_one_bit_changed_anywhere_it_does_not_open()
    {
        using var state = SampleSession.Of(_clock.Now);
        var ticket = (await KeepAsync(state)).ToArray();
        for (var bit = 0; bit < ticket.Length * 8; bit++)
        {
            ticket[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(await FindAsync(ticket));
            ticket[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public async Task Truncated_lengthened_or_made_up_it_does_not_open()
    {
        using var state = SampleSession.Of(_clock.Now);
        var ticket = (await KeepAsync(state)).ToArray();
        for (var length = 1; length < ticket.Length; length++)
            Assert.Null(await FindAsync(ticket.AsMemory(0, length)));
        Assert.Null(await FindAsync((byte[])[.. ticket, 0]));
        Assert.Null(await FindAsync(new byte[TicketStore.MaxTicketSize + 1]));
        for (var i = 0; i < 200; i++)
            Assert.Null(await FindAsync(RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(1, 600))));
    }

    [Fact]
    public async Task A_well_sealed_box_with_another_content_is_no_session()
    {
        foreach (var content in (byte[][])[[], [1], [2, .. new byte[200]], RandomNumberGenerator.GetBytes(300)])
            Assert.Null(await FindAsync(SealedBox.Seal(CryptoProvider.Default, _ring, content, TicketStore.ContextOf("example.test"))!));
    }

    [Fact]
    public async Task It_opens_as_long_as_its_key_does()
    {
        using var state = SampleSession.Of(_clock.Now);
        var ticket = await KeepAsync(state);
        _clock.Now += TimeSpan.FromHours(12);
        using (var found = await FindAsync(ticket))
            Assert.NotNull(found);
        _clock.Now += TimeSpan.FromHours(5);
        Assert.Null(await FindAsync(ticket));
    }

    [Fact]
    [Trait("Catalogue", "R8")]
    public async Task It_is_renewed_when_half_of_its_own_life_is_over_or_its_key_seals_no_more()
    {
        // A key that seals from 12:00 to 16:00.
        using var late = SampleSession.Of(_clock.Now + TimeSpan.FromHours(3));
        _clock.Now += TimeSpan.FromHours(3);
        var ticket = await KeepAsync(late);
        Assert.False(_store.IsRenewalDue(ticket, late.Facts, _clock.Now + TimeSpan.FromMinutes(59)));
        Assert.True(_store.IsRenewalDue(ticket, late.Facts, _clock.Now + TimeSpan.FromMinutes(60)));
        Assert.True(_store.IsRenewalDue(ticket, late.Facts with { Issued = late.Facts.Issued.AddHours(-5), Established = late.Facts.Established.AddHours(-5) }, _clock.Now + TimeSpan.FromHours(2)));
    }

    public static TheoryData<string, ResumptionResult> Bindings { get; } = new()
    {
        { "tenant", ResumptionResult.Unknown },
        { "name", ResumptionResult.ServerNameChanged },
        { "certificate", ResumptionResult.CertificateChanged },
        { "protocol", ResumptionResult.ApplicationProtocolChanged },
        { "version", ResumptionResult.VersionChanged },
        { "client", ResumptionResult.ClientCertificateOutlived },
        { "nothing", ResumptionResult.Resumed },
    };

    /// <summary>At any edge of the fleet: what the ticket says was sealed, and nobody but a holder of the ring says otherwise.</summary>
    [Theory]
    [MemberData(nameof(Bindings))]
    [Trait("Attack", "9")]
    public async Task It_is_bound_to(string what, ResumptionResult expected)
    {
        using var sample = SampleSession.Of(_clock.Now);
        using var state = new SessionState(sample.Facts with { ApplicationProtocol = "h2", ClientCertificates = what == "client" ? [new byte[] { 1, 2, 3 }] : [] }, SecretBytes.CopyOf(sample.Secret.Span));
        var ticket = await KeepAsync(state);
        using var found = await _store.FindAsync(ticket, SampleSession.Site(what == "tenant" ? "other.test" : "example.test"), None);
        var terms = new ResumptionTerms
        {
            Version = what == "version" ? TlsVersion.Tls13 : TlsVersion.Tls12,
            CipherSuites = [state.Facts.CipherSuite],
            Site = "example.test",
            ServerName = what == "name" ? "www.example.test" : "example.test",
            ApplicationProtocol = what == "protocol" ? "http/1.1" : "h2",
            CertificateFingerprints = [what == "certificate" ? RandomNumberGenerator.GetBytes(32) : state.Facts.CertificateFingerprint],
            Lifetime = TimeSpan.FromHours(12),
            Now = _clock.Now,
        };

        Assert.Equal(expected, found is null ? ResumptionResult.Unknown : ResumptionPolicy.Judge(found.Facts, terms));
    }

    [Fact]
    public async Task A_session_that_is_too_long_for_a_ClientHello_gets_no_ticket()
    {
        using var sample = SampleSession.Of(_clock.Now);
        using var fits = new SessionState(sample.Facts with { ClientCertificates = [new byte[7_000]] }, SecretBytes.CopyOf(sample.Secret.Span));
        using var isTooLong = new SessionState(sample.Facts with { ClientCertificates = [new byte[9_000]] }, SecretBytes.CopyOf(sample.Secret.Span));

        Assert.True((await KeepAsync(fits)).Length <= TicketStore.MaxTicketSize);
        Assert.Null(await _store.KeepAsync(isTooLong, None));
    }

    [Fact]
    public async Task Without_a_fresh_key_no_ticket_is_made()
    {
        using var state = SampleSession.Of(_clock.Now);
        Assert.Null(await new TicketStore("empty", new EmptyRing(), CryptoProvider.Default).KeepAsync(state, None));
    }

    [Fact]
    [Trait("Attack", "9")]
    public async Task A_derived_ring_opens_nothing_of_its_parents_or_of_another_purposes()
    {
        using var state = SampleSession.Of(_clock.Now);
        var a = _ring.Derive("a"u8);
        var again = _ring.Derive("a"u8);
        var b = _ring.Derive("b"u8);
        var ticket = (await Over(a).KeepAsync(state, None))!.Value;
        using (var found = await Over(again).FindAsync(ticket, SampleSession.Site("example.test"), None))
            Assert.NotNull(found);
        Assert.Null(await Over(b).FindAsync(ticket, SampleSession.Site("example.test"), None));
        Assert.Null(await FindAsync(ticket));
        Assert.Null(await Over(a).FindAsync(await KeepAsync(state), SampleSession.Site("example.test"), None));
    }

    [Fact]
    public void A_rings_keys_in_use_are_all_that_open_and_the_next()
    {
        var keys = _ring.InUse().ToList();
        Assert.Equal(5, keys.Count);
        Assert.All(keys, key => Assert.Same(key, _ring.Find(key.Name.Span)));
        Assert.Single(keys, key => key == _ring.ForSealing());
        Assert.True(keys[^1].SealFrom > _clock.Now);
    }

    private static TicketStore Over(TicketKeyRing ring) => new("test", ring, CryptoProvider.Default);

    private async Task<ReadOnlyMemory<byte>> KeepAsync(SessionState state) => (await _store.KeepAsync(state, None))!.Value;

    private ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> ticket) => _store.FindAsync(ticket, SampleSession.Site("example.test"), None);

    private sealed class EmptyRing : TicketKeyRing
    {
        public override TicketKey? ForSealing() => null;

        public override TicketKey? Find(ReadOnlySpan<byte> name) => null;
    }
}
