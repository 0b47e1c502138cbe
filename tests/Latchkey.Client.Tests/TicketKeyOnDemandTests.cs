using Latchkey.Client.Tickets;
using Latchkey.Testing;
using Latchkey.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>Ticket keys over a connection that is made when it is needed (L6).</summary>
[Trait("Catalogue", "T1")]
[Trait("Catalogue", "L6")]
public sealed class TicketKeyOnDemandTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    public async Task A_question_that_waits_keeps_no_connection_open_and_one_is_made_ahead_of_the_last_keys_end()
    {
        await using var keys = FakeTicketKeys.Start(world);
        await keys.SetAsync(FakeTicketKeys.Key(-3600, -10, 12, 3600));
        await using var client = Client(keys);
        client.Start();
        await using var ring = Ring(client, "example.test");

        await Eventually.Is(() => ring.ForSealing() is not null);
        await Eventually.Is(() => client.Status[0].IsDormant);
        await keys.SetAsync(FakeTicketKeys.Key(0, 8, 3600, 7200));
        await Eventually.Is(() => ring.Status.HasNext || ring.Status.SealsFor > TimeSpan.FromMinutes(1));

        Assert.InRange(keys.Server.Accepted, 2, 4);
        Assert.NotNull(ring.ForSealing());
    }

    [Fact]
    public async Task A_site_that_comes_later_gets_its_keys_at_once_though_the_connection_is_asleep()
    {
        await using var keys = FakeTicketKeys.Start(world);
        await keys.SetAsync(FakeTicketKeys.Key(-60, -10, 3600, 7200));
        await using var client = Client(keys);
        client.Start();
        await using var first = Ring(client, "example.test");
        await Eventually.Is(() => first.ForSealing() is not null);
        await Eventually.Is(() => client.Status[0].IsDormant);

        await using var second = Ring(client, "later.test");

        await Eventually.Is(() => second.ForSealing() is not null);
    }

    [Fact]
    public async Task A_site_without_keys_does_not_keep_the_connection_up_by_asking()
    {
        await using var keys = FakeTicketKeys.Start(world);
        keys.Refusal = KeylessError.NotAllowed;
        await using var client = Client(keys);
        client.Start();
        await using var ring = Ring(client, "example.test");
        await Eventually.Is(() => keys.Asked > 0);

        await Task.Delay(TimeSpan.FromSeconds(4));

        // After 0.25, 0.5, 1, 2 s, less a jitter, and the time that each stays up; without pauses it would be some thirty.
        Assert.InRange(keys.Server.Accepted, 1, 6);
        keys.Refusal = KeylessError.None;
        await keys.SetAsync(FakeTicketKeys.Key(-60, -10, 3600, 7200));
        await Eventually.Is(() => ring.ForSealing() is not null);
    }

    private static KeyServerTicketKeyRing Ring(KeyServerClient client, string site) => new(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, site);

    private KeyServerClient Client(FakeTicketKeys keys) => new(
        new KeyServerClientOptions
        {
            Name = "home",
            EndPoints = [keys.Server.EndPoint.ToString()],
            Certificate = world.Edge,
            TrustedAuthorities = [world.Authority],
            OnDemandIdle = TimeSpan.FromMilliseconds(100),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            RequestTimeout = TimeSpan.FromSeconds(15),
        },
        NullLoggerFactory.Instance);
}
