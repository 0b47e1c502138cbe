using System.Net;
using System.Net.Sockets;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;

namespace Latchkey.Interop.Misbehaviour;

/// <summary>What no honest client sends to the edge: the right alert or a closed connection, at once, and nothing else disturbed.</summary>
public sealed class SpoiltHelloTests(SharedSites shared)
{
    private const string Host = "ecdsa.example.test";
    private const byte Alert = 21;
    private const byte Fatal = 2;
    private const byte DecodeError = 50;

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Every_truncated_ClientHello_is_a_decode_error(string version)
    {
        var sites = await shared.GetDeploymentAsync();
        var hello = await RecordedHello.OfOpenSslAsync(Host, version);
        var endOfCompression = EndOfCompression(hello);
        await ForEachAsync(Enumerable.Range(9, hello.Length - 9), async (length, stop) =>
        {
            var answer = await ExchangeAsync(sites.Port, Truncated(hello, length), closing: false, stop);
            Assert.True(answer is [Alert, _, _, 0, 2, Fatal, ..], $"cut at {length}: {Convert.ToHexString(answer)}");
            // Without any extension it is a legal hello of an old client, which then lacks a name or a suite to agree on.
            Assert.True(answer[6] == DecodeError || length == endOfCompression, $"cut at {length}: alert {answer[6]}");
        });
        await StillServesAsync(sites);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Every_hello_that_ends_too_early_is_let_go(string version)
    {
        var sites = await shared.GetDeploymentAsync();
        var hello = await RecordedHello.OfOpenSslAsync(Host, version);
        await ForEachAsync(Enumerable.Range(0, hello.Length), async (length, stop) =>
        {
            var answer = await ExchangeAsync(sites.Port, hello[..length], closing: true, stop);
            Assert.True(answer.Length == 0 || answer[0] == Alert, $"ended at {length}: {Convert.ToHexString(answer)}");
        });
        await StillServesAsync(sites);
    }

    [Fact]
    public async Task Random_bytes_get_an_alert_or_nothing()
    {
        var sites = await shared.GetDeploymentAsync();
        var hello = await RecordedHello.OfOpenSslAsync(Host, "-tls1_3");
        await ForEachAsync(Enumerable.Range(0, 300), async (seed, stop) =>
        {
            var answer = await ExchangeAsync(sites.Port, Spoilt(hello, seed), closing: true, stop);
            Assert.True(answer.Length == 0 || answer[0] is Alert or 22, $"seed {seed}: {Convert.ToHexString(answer)}");
        });
        await StillServesAsync(sites);
    }

    [Theory]
    [InlineData("plain HTTP", "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a")]
    [InlineData("SSL 2", "802e0100020015000000100100800200800300800400800500800600400700c00000000000000000000000000000000000")]
    [InlineData("a record of an unknown type", "630303000411223344")]
    [InlineData("a record that is too long", "160303ffff01")]
    [InlineData("application data first", "1703030005aabbccddee")]
    [InlineData("Finished first", "1603030010140000 0c000000000000000000000000")]
    [InlineData("an empty handshake record", "1603030000")]
    [InlineData("a ClientHello of 16 MB", "160303000401ffffff")]
    public async Task What_is_no_ClientHello_gets_a_fatal_alert(string what, string bytes)
    {
        var sites = await shared.GetDeploymentAsync();
        var answer = await ExchangeAsync(
            sites.Port, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)), closing: false, TestContext.Current.CancellationToken);
        Assert.True(answer is [Alert, _, _, 0, 2, Fatal, _], $"{what}: {Convert.ToHexString(answer)}");
        await StillServesAsync(sites);
    }

    private static Task ForEachAsync(IEnumerable<int> cases, Func<int, CancellationToken, ValueTask> body) =>
        Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = 16 }, body);

    /// <summary>Sends, and reads all there is until the server closes.</summary>
    private static async Task<byte[]> ExchangeAsync(int port, byte[] bytes, bool closing, CancellationToken stop)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port, stop);
        var stream = client.GetStream();
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(bytes, stop);
            if (closing)
            {
                client.Client.Shutdown(SocketShutdown.Send);
            }

            await stream.CopyToAsync(answer, stop).WaitAsync(TimeSpan.FromSeconds(20), stop);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown })
        {
            // Closed with our bytes unread: what was received before it counts.
        }

        return answer.ToArray();
    }

    /// <summary>Record and handshake message shortened together, so that only the ClientHello within is truncated.</summary>
    private static byte[] Truncated(byte[] hello, int length)
    {
        var cut = hello[..length];
        (cut[3], cut[4]) = ((byte)((length - 5) >> 8), (byte)(length - 5));
        (cut[6], cut[7], cut[8]) = (0, (byte)((length - 9) >> 8), (byte)(length - 9));
        return cut;
    }

    private static int EndOfCompression(byte[] hello)
    {
        var position = 9 + 2 + 32;
        position += 1 + hello[position];
        position += 2 + ((hello[position] << 8) | hello[position + 1]);
        return position + 1 + hello[position];
    }

    /// <summary>Noise, or a hello with some of its bytes replaced by noise.</summary>
    private static byte[] Spoilt(byte[] hello, int seed)
    {
        var random = new Random(seed);
        if (seed % 3 == 0)
        {
            var noise = new byte[random.Next(1, 2000)];
            random.NextBytes(noise);
            return noise;
        }

        var spoilt = (byte[])hello.Clone();
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
        }

        return spoilt;
    }

    private static async Task StillServesAsync(KeylessDeployment sites)
    {
        Assert.False(sites.Edge.Process.HasExited);
        Assert.Contains(Origin.Greeting, (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(sites.Edge.Process.Lines, line => line.Contains("Unhandled exception", StringComparison.Ordinal));
    }
}
