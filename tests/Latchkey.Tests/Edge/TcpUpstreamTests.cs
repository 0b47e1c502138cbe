using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Testing;

namespace Latchkey.Tests.Edge;

[Trait("Catalogue", "D6")]
public sealed class TcpUpstreamTests : IDisposable
{
    private readonly TcpListener _service = new(IPAddress.Loopback, 0);

    public TcpUpstreamTests() => _service.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Bytes_pass_both_ways_and_half_close_is_carried_over()
    {
        await using var edge = await StartAsync();
        await using var client = await edge.TlsAsync("example.test");
        using var service = await _service.AcceptSocketAsync(Token);

        await client.WriteAsync("question"u8.ToArray(), Token);
        await client.ShutdownAsync();
        Assert.Equal("question", await ReadToEndAsync(new NetworkStream(service)));

        // The client has finished; the service has not.
        await service.SendAsync("answer"u8.ToArray(), Token);
        service.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_service_that_finishes_first_still_hears_the_client()
    {
        await using var edge = await StartAsync();
        await using var client = await edge.TlsAsync("example.test");
        using var service = await _service.AcceptSocketAsync(Token);

        await using var heard = new NetworkStream(service);
        await service.SendAsync("greeting"u8.ToArray(), Token);
        service.Shutdown(SocketShutdown.Send);
        Assert.Equal("greeting", await ReadToEndAsync(client));

        await client.WriteAsync("still here"u8.ToArray(), Token);
        await client.ShutdownAsync();
        Assert.Equal("still here", await ReadToEndAsync(heard));
    }

    [Fact]
    public async Task A_client_that_is_cut_off_resets_the_service_instead_of_seeming_finished()
    {
        await using var edge = await StartAsync();
        var socket = await edge.ConnectAsync(Token);
        var client = new System.Net.Security.SslStream(new NetworkStream(socket));
        await client.AuthenticateAsClientAsync(edge.Options("example.test"), Token);
        using var service = await _service.AcceptSocketAsync(Token);
        await client.WriteAsync("half a mess"u8.ToArray(), Token);
        Assert.Equal(11, await service.ReceiveAsync(new byte[100], Token));

        socket.Dispose();

        await Assert.ThrowsAsync<SocketException>(() => service.ReceiveAsync(new byte[100], Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token));
        await Eventually.TrueAsync(() => edge.Host.Status.OpenConnections == 0);
    }

    [Fact]
    public async Task A_service_that_breaks_off_is_a_truncation_to_the_client()
    {
        await using var edge = await StartAsync();
        var openssl = ChildProcess.Start(
            Tool.SkipUnless("openssl"), ["s_client", "-quiet", "-connect", $"127.0.0.1:{edge.Port}", "-servername", "example.test"]);
        await using var _ = openssl;
        using var service = await _service.AcceptSocketAsync(Token);
        await service.SendAsync("half an ans\n"u8.ToArray(), Token);
        await openssl.WaitForLineAsync("half an ans");

        service.LingerState = new LingerOption(true, 0);
        service.Dispose();

        await openssl.WaitForExitAsync(TimeSpan.FromSeconds(10));
        Assert.Contains("unexpected eof", openssl.Errors, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => edge.Host.Status.OpenConnections == 0);
    }

    [Fact]
    public async Task Ten_megabytes_pass_unharmed_in_both_directions_at_once()
    {
        await using var edge = await StartAsync();
        await using var client = await edge.TlsAsync("example.test");
        using var service = await _service.AcceptSocketAsync(Token);
        await using var echo = new NetworkStream(service);
        var echoing = echo.CopyToAsync(echo, Token).ContinueWith(_ => service.Shutdown(SocketShutdown.Send), TaskScheduler.Default);
        var sent = RandomNumberGenerator.GetBytes(10_000_000);

        var writing = client.WriteAsync(sent, Token).AsTask().ContinueWith(_ => client.ShutdownAsync(), TaskScheduler.Default).Unwrap();
        var received = new MemoryStream();
        await client.CopyToAsync(received, Token);
        await writing;
        await echoing;

        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(received.ToArray())));
    }

    [Fact]
    public async Task A_service_that_is_down_closes_the_connection_with_one_warning()
    {
        await using var edge = await StartAsync();
        _service.Stop();
        await using var client = await edge.TlsAsync("example.test");

        Assert.Equal(0, await client.ReadAsync(new byte[10], Token));
        Assert.Contains(edge.Log.Alarms, line => line.EventId == 5102 && line.Text.Contains("Site example.test", StringComparison.Ordinal));
    }

    private Task<EdgeUnderTest> StartAsync() => EdgeUnderTest.StartAsync(("example.test", $"tcp://{_service.LocalEndpoint}"));

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        return await reader.ReadToEndAsync(Token).WaitAsync(TimeSpan.FromSeconds(10), Token);
    }
}
