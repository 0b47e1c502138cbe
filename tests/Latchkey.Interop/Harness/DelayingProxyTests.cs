using System.Diagnostics;
using System.Net.Sockets;
using Latchkey.Testing;

namespace Latchkey.Interop.Harness;

/// <summary>The proxy that the delay measurements rest on must itself be right.</summary>
public sealed class DelayingProxyTests
{
    [Fact]
    public async Task A_round_trip_takes_both_delays_and_pipelined_ones_take_no_more()
    {
        await using var echo = Echo();
        await using var proxy = DelayingProxy.Start(echo.Port, TimeSpan.FromMilliseconds(50));
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Endpoint, TestContext.Current.CancellationToken);
        client.NoDelay = true;
        var stream = client.GetStream();

        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
        {
            await stream.WriteAsync(new byte[] { (byte)i }, TestContext.Current.CancellationToken);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        var answer = new byte[100];
        await stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), answer);
        Assert.InRange(clock.ElapsedMilliseconds, 100, 9000); // serialized it would be 100 × 100 ms
        // It counts what it has sent, a moment after the receiver may have it.
        for (var patience = Stopwatch.StartNew(); proxy.BytesToClient < 100 && patience.Elapsed < ChildProcess.Patience;)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.Equal(100, proxy.BytesToTarget);
        Assert.Equal(100, proxy.BytesToClient);
    }

    [Fact]
    public async Task Half_close_passes_and_a_cut_resets_both_sides()
    {
        await using var echo = Echo();
        await using var proxy = DelayingProxy.Start(echo.Port);
        using var half = new TcpClient();
        await half.ConnectAsync(proxy.Endpoint, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(half.GetStream());
        await half.GetStream().WriteAsync("bye"u8.ToArray(), TestContext.Current.CancellationToken);
        half.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("bye", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));

        using var cut = new TcpClient();
        await cut.ConnectAsync(proxy.Endpoint, TestContext.Current.CancellationToken);
        var stream = cut.GetStream();
        await stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        proxy.Cut();
        var reset = await Assert.ThrowsAnyAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(reset.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task Frozen_bytes_wait_and_arrive_after_the_thaw()
    {
        await using var echo = Echo();
        await using var proxy = DelayingProxy.Start(echo.Port);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Endpoint, TestContext.Current.CancellationToken);
        proxy.Frozen = true;
        await client.GetStream().WriteAsync(new byte[] { 7 }, TestContext.Current.CancellationToken);
        var answer = new byte[1];
        var reading = client.GetStream().ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(reading.IsCompleted);
        proxy.Frozen = false;
        await reading.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(7, answer[0]);
        Assert.Equal(1, proxy.RoundTrips);
    }

    private static LoopbackListener Echo() => new(async (client, stopping) =>
    {
        await using var stream = new NetworkStream(client);
        await stream.CopyToAsync(stream, stopping);
    });
}
