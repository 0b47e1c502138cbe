using Latchkey.Client.Tickets;
using Latchkey.Testing;
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
        await using var client = new KeyServerClient(
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
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");

        await Eventually.Is(() => ring.ForSealing() is not null);
        await Eventually.Is(() => client.Status[0].IsDormant);
        await keys.SetAsync(FakeTicketKeys.Key(0, 8, 3600, 7200));
        await Eventually.Is(() => ring.Status.HasNext || ring.Status.SealsFor > TimeSpan.FromMinutes(1));

        Assert.InRange(keys.Server.Accepted, 2, 4);
        Assert.NotNull(ring.ForSealing());
    }
}
