using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets.Tests;

[Trait("Catalogue", "T1")]
public sealed class SharedTicketKeyRingTests
{
    private readonly TestClock _clock = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_follows_is_told_of_each_period_though_somebody_used_its_keys_before_the_tick(bool isUsedBefore)
    {
        using var ring = new SharedTicketKeyRing(RandomNumberGenerator.GetBytes(32), TimeSpan.FromHours(1), TimeSpan.FromHours(2), CryptoProvider.Default, _clock);
        ring.Tick();
        for (var period = 0; period < 3; period++)
        {
            var known = ring.Generation;
            var told = ring.WaitForChangeAsync(known, TestContext.Current.CancellationToken);
            _clock.Now += TimeSpan.FromHours(1);
            if (isUsedBefore)
                Assert.NotNull(ring.ForSealing());

            ring.Tick();

            Assert.NotEqual(known, ring.Generation);
            await told.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            known = ring.Generation;
            ring.Tick();
            Assert.Equal(known, ring.Generation); // once for each
        }
    }
}
