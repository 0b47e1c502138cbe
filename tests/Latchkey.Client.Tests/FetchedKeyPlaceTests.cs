using Latchkey.Client.OnDemand;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;

namespace Latchkey.Client.Tests;

/// <summary>How long a fetched key is there (S6): never longer than it was granted, however it is used.</summary>
[Trait("Catalogue", "S6")]
public sealed class FetchedKeyPlaceTests
{
    private static readonly TimeSpan Granted = TimeSpan.FromSeconds(60);
    private static readonly TestCertificate Site = Issue();

    private readonly ManualTime _time = new();
    private readonly List<PrivateKey> _keys = [];
    private int _wiped;
    private int _asked;
    private TimeSpan _way;

    [Fact]
    public async Task A_key_is_wiped_when_its_time_is_over_though_nobody_asks_for_it()
    {
        using var place = Place();
        (await LeaseAsync(place)).Release();

        _time.Advance(Granted - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _wiped);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(1, _wiped);
        Assert.Throws<ObjectDisposedException>(() => _keys[0].Sign(SignatureScheme.EcdsaSecp256r1Sha256, "x"u8));
    }

    [Fact]
    public async Task Within_its_time_the_key_is_fetched_once_and_after_it_again()
    {
        using var place = Place();
        for (var i = 0; i < 3; i++)
            (await LeaseAsync(place)).Release();
        Assert.Equal(1, _asked);

        _time.Advance(Granted);
        (await LeaseAsync(place)).Release();

        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Use_does_not_make_the_time_longer()
    {
        using var place = Place();
        for (var i = 0; i < 6; i++)
        {
            (await LeaseAsync(place)).Release();
            _time.Advance(Granted / 6);
        }

        Assert.Equal(1, _wiped);
    }

    [Fact]
    public async Task The_time_counts_from_the_question_and_not_from_its_answer()
    {
        _way = TimeSpan.FromSeconds(2);
        using var place = Place();
        (await LeaseAsync(place)).Release();

        _time.Advance(Granted - _way);

        Assert.Equal(1, _wiped);
    }

    [Fact]
    public async Task An_operation_under_way_ends_with_the_key_which_nobody_else_gets()
    {
        using var place = Place();
        var lease = await LeaseAsync(place);

        _time.Advance(Granted);
        Assert.Equal(0, _wiped);
        Assert.NotEmpty(lease.Key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "x"u8));
        var next = await LeaseAsync(place);
        lease.Release();

        Assert.NotSame(lease, next);
        Assert.Equal(1, _wiped);
        next.Release();
    }

    [Fact]
    public async Task Handshakes_that_need_the_key_at_once_share_one_question()
    {
        var answered = new TaskCompletionSource();
        using var place = Place(answered.Task);
        var asking = Enumerable.Range(0, 10).Select(_ => LeaseAsync(place).AsTask()).ToArray();
        answered.SetResult();

        foreach (var lease in await Task.WhenAll(asking).WaitAsync(LinkWorld.Patience))
            lease.Release();

        Assert.Equal(1, _asked);
        Assert.Equal(0, _wiped);
    }

    [Fact]
    public async Task A_key_granted_for_one_operation_serves_whoever_asked()
    {
        using var place = Place(granted: TimeSpan.Zero);
        for (var i = 0; i < 5; i++)
        {
            var lease = await LeaseAsync(place);
            _time.Advance(TimeSpan.Zero);
            Assert.NotEmpty(lease.Key.Sign(SignatureScheme.EcdsaSecp256r1Sha256, "x"u8));
            lease.Release();
        }

        Assert.Equal(5, _asked);
        Assert.Equal(5, _wiped);
    }

    [Fact]
    public async Task A_client_that_is_closed_has_no_key_left()
    {
        var place = Place();
        (await LeaseAsync(place)).Release();

        place.Dispose();

        Assert.Equal(1, _wiped);
        await Assert.ThrowsAsync<KeyHolderFailedException>(() => LeaseAsync(place).AsTask());
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        var fails = true;
        using var place = new FetchedKeyPlace((_, _) => fails ? throw new KeyHolderFailedException("refused") : ValueTask.FromResult(Fetched(Granted)), _time);
        await Assert.ThrowsAsync<KeyHolderFailedException>(() => LeaseAsync(place).AsTask());
        fails = false;

        (await LeaseAsync(place)).Release();
    }

    private static ValueTask<FetchedKey> LeaseAsync(FetchedKeyPlace place) =>
        place.LeaseAsync(RemoteKey.Of(TestKey.EcdsaP256).Handshake(), TestContext.Current.CancellationToken);

    private FetchedKeyPlace Place(Task? answered = null, TimeSpan? granted = null) => new(
        async (_, _) =>
        {
            _asked++;
            _time.Advance(_way);
            await (answered ?? Task.CompletedTask);
            return Fetched(granted ?? Granted);
        },
        _time);

    private FetchedKey Fetched(TimeSpan granted)
    {
        var key = CryptoProvider.Default.ImportPrivateKey(Site.PrivateKey);
        _keys.Add(key);
        return new FetchedKey(key, granted, () => _wiped++);
    }

    private static TestCertificate Issue()
    {
        using var authority = TestAuthority.Create();
        return authority.IssueServer(TestKey.EcdsaP256, "www.example.test");
    }
}
