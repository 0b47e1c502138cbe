using System.Text.Json;
using Latchkey.Configuration;
using Latchkey.Roles;
using Latchkey.Tests.Edge;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Tests.Roles;

public sealed class ReloadOrderTests
{
    [Fact]
    public async Task Of_two_reloads_at_once_the_one_that_read_last_is_in_force()
    {
        await using var edge = await EdgeUnderTest.StartAsync(("old.test", "http://127.0.0.1:1"));
        var old = edge.Configure();
        edge.Change("new.test", "http://127.0.0.1:1");
        var now = edge.Configure();
        EdgeRole? role = null;
        Task? other = null;
        await using var started = role = new EdgeRole(old, Load, new HandshakeTraces(), NullLoggerFactory.Instance);
        await role.StartAsync(TestContext.Current.CancellationToken);

        await role.ReloadAsync(TestContext.Current.CancellationToken);

        await other!.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var status = JsonSerializer.Serialize(role.Status);
        Assert.Contains("new.test", status, StringComparison.Ordinal);
        Assert.DoesNotContain("old.test", status, StringComparison.Ordinal);

        // The file changes when the first has read it, and a second reload is asked for at once: it is given time to overtake.
        EdgeConfig Load()
        {
            if (other is not null)
                return now;
            other = Task.Run(() => role!.ReloadAsync(TestContext.Current.CancellationToken));
            ((IAsyncResult)other).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(1));
            return old;
        }
    }
}
