using System.Net;
using System.Net.Sockets;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Misbehaviour;
using Latchkey.Testing;

namespace Latchkey.Interop.Transfer;

/// <summary>Clients that go without a word, at any point, take only their own connection with them.</summary>
public sealed class AbruptCloseTests(SharedSites shared)
{
    private const string Host = "ecdsa.example.test";

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Resets_at_every_stage_of_a_handshake(string version)
    {
        var sites = await shared.GetDeploymentAsync();
        var hello = await RecordedHello.OfOpenSslAsync(Host, version);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, stop) =>
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, sites.Port, stop);
            client.LingerState = new LingerOption(true, 0);
            switch (i % 4)
            {
                case 1: // in the middle of the hello
                    await client.SendAsync(hello.AsMemory(0, hello.Length / 2), stop);
                    break;
                case 2: // while the key server signs
                    await client.SendAsync(hello, stop);
                    break;
                case 3: // with the server's flight half read
                    await client.SendAsync(hello, stop);
                    await client.ReceiveAsync(new byte[16], stop);
                    break;
            }
        });
        await StillServesAsync(sites);
    }

    [Fact]
    public async Task Clients_killed_in_the_middle_of_downloads_and_uploads()
    {
        var sites = await shared.GetDeploymentAsync();
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("up"), new byte[20_000_000], TestContext.Current.CancellationToken);
        string[] common = ["-s", "--cacert", sites.CaFile, "--resolve", $"{Host}:{sites.Port}:127.0.0.1", "--limit-rate", "2M"];
        var url = $"https://{Host}:{sites.Port}";
        for (var i = 0; i < 8; i++)
        {
            string[] way = i % 2 == 0 ? ["-o", "/dev/null", url + "/download?bytes=50000000"] : ["-T", folder.File("up"), url + "/upload"];
            await using var client = ChildProcess.Start(Tool.SkipUnless("curl"), [.. common, i % 4 < 2 ? "--http1.1" : "--http2", .. way]);
            await Task.Delay(250, TestContext.Current.CancellationToken);
            Assert.False(client.HasExited);
        }

        await StillServesAsync(sites);
    }

    private static async Task StillServesAsync(KeylessDeployment sites)
    {
        Assert.False(sites.Edge.Process.HasExited);
        var result = await CurlClient.RunAsync(sites, Host, "/hello", []);
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(sites.Edge.Process.Lines, line => line.Contains("Unhandled exception", StringComparison.Ordinal));
    }
}
