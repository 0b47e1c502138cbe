using System.Net;
using System.Net.Sockets;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Misbehaviour;
using Latchkey.Testing;

namespace Latchkey.Interop.Transfer;

/// <summary>TCP promises bytes, not pieces: wherever the input is split, the outcome is the same.</summary>
public sealed class SplittingTests(SharedSites shared)
{
    [Theory]
    [InlineData("http1.1", "1.2")]
    [InlineData("http1.1", "1.3")]
    [InlineData("http2", "1.2")]
    [InlineData("http2", "1.3")]
    public async Task A_client_whose_every_byte_is_a_segment_of_its_own_is_served(string http, string version)
    {
        var sites = await shared.GetAsync();
        await using var proxy = DelayingProxy.Start(sites.Port, pieceSize: 1);
        var result = await CurlClient.RunAsync(
            sites, "ecdsa.example.test", "/upload", [$"--{http}", $"--tlsv{version}", "--tls-max", version, "-d", "some data"], proxy.Endpoint.Port);
        Assert.StartsWith("9 ", result.Succeeded().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_ClientHello_in_two_pieces_is_answered_wherever_it_is_split(string version)
    {
        var sites = await shared.GetAsync();
        var hello = await RecordedHello.OfOpenSslAsync("ecdsa.example.test", version);
        await Parallel.ForEachAsync(Enumerable.Range(1, hello.Length - 1), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (split, stop) =>
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, sites.Port, stop);
            var stream = client.GetStream();
            await stream.WriteAsync(hello.AsMemory(0, split), stop);
            await Task.Delay(2, stop);
            await stream.WriteAsync(hello.AsMemory(split), stop);
            var answer = new byte[6];
            await stream.ReadExactlyAsync(answer, stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), stop);
            Assert.True(answer[0] == 22 && answer[5] == 2, $"split at {split}: no ServerHello but {Convert.ToHexString(answer)}");
        });
    }
}
