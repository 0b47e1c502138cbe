using Latchkey.Configuration;
using Latchkey.Edge;
using Latchkey.Testing;
using Latchkey.Tests.CommandLine;
using Latchkey.Tests.Configuration;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Tests.Edge;

/// <summary>A configuration that is read and then cannot be used changes nothing.</summary>
public sealed class FailedReloadTests
{
    [Fact]
    public async Task No_link_is_touched_before_all_that_may_fail_has_not()
    {
        using var folder = new ConfigurationFolder();
        var split = await Invocation.RunAsync("split", folder.File("other.key"), "--out", folder.Path);
        Assert.Equal(0, split.ExitCode);
        await using var old = new Door();
        await using var next = new Door();
        await using var edge = new EdgeHost(Configure(folder, old), new HandshakeTraces(), NullLoggerFactory.Instance);
        await edge.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => old.Visits > 0);

        // Another address for the key server of the first site, and no part any more of the second's key by the time it is used.
        var changed = Configure(folder, next);
        File.Move(folder.File("other-1.part"), folder.File("gone"));
        await Assert.ThrowsAsync<ConfigurationException>(() => edge.ReloadAsync(changed, TestContext.Current.CancellationToken));

        var before = old.Visits;
        await Eventually.TrueAsync(() => old.Visits > before); // it goes on trying, as the old configuration says
        Assert.Equal(0, next.Visits);

        File.Move(folder.File("gone"), folder.File("other-1.part"));
        await edge.ReloadAsync(changed, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => next.Visits > 0);
    }

    private static EdgeConfig Configure(ConfigurationFolder folder, Door door) =>
        EdgeConfigReader.Load(folder.Write("edge.json", $$"""
            {
              "listen": ["127.0.0.1:0"],
              "keyServers": { "home": { "endpoints": ["127.0.0.1:{{door.Port}}"], "certificate": "edge.pem", "key": "edge.key", "ca": "ca.pem" } },
              "sites": [
                { "names": ["example.test"], "certificate": "site.pem", "keyServer": "home", "upstream": "http://127.0.0.1:1" },
                { "names": ["other.test"], "certificate": "other.pem", "keyServer": "home", "keyParts": ["other-1.part"], "upstream": "http://127.0.0.1:1" }
              ]
            }
            """));

    /// <summary>Where somebody knocks and is not let in.</summary>
    private sealed class Door : IAsyncDisposable
    {
        private readonly LoopbackListener _listener = new((_, _) => Task.CompletedTask);

        public int Port => _listener.Port;

        public int Visits => _listener.Accepted;

        public ValueTask DisposeAsync() => _listener.DisposeAsync();
    }
}
