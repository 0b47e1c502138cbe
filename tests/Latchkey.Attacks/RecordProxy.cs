using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Attacks;

/// <summary>
/// Stands on the wire of the key link: relays TLS records, keeps those of the edge, and does to them what <see cref="Tamper"/> says. It has no key, as a stranger has none.
/// </summary>
internal sealed class RecordProxy : IAsyncDisposable
{
    private const int HeaderSize = 5;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly Task _relaying;
    private readonly CancellationTokenSource _stopping = new();

    public RecordProxy(int server)
    {
        _server = server;
        _listener.Start();
        _relaying = RelayAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>What is sent in place of a record of the edge; null: the record itself.</summary>
    public Func<byte[], IReadOnlyList<byte[]>>? Tamper { get; set; }

    /// <summary>Everything that the edge sent, in order.</summary>
    public List<byte[]> Recorded { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _relaying;
        _stopping.Dispose();
    }

    private async Task RelayAsync()
    {
        try
        {
            using var edge = await _listener.AcceptTcpClientAsync(_stopping.Token);
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, _server, _stopping.Token);
            var down = server.GetStream().CopyToAsync(edge.GetStream(), _stopping.Token);
            await Task.WhenAny(EdgeRecordsAsync(edge.GetStream(), server.GetStream()), down);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One side has closed, which is what the tests want to see.
        }
    }

    private async Task EdgeRecordsAsync(NetworkStream edge, NetworkStream server)
    {
        while (true)
        {
            var header = new byte[HeaderSize];
            await edge.ReadExactlyAsync(header, _stopping.Token);
            var record = new byte[HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3))];
            header.CopyTo(record, 0);
            await edge.ReadExactlyAsync(record.AsMemory(HeaderSize), _stopping.Token);
            Recorded.Add(record);
            foreach (var sent in Tamper?.Invoke(record) ?? [record])
                await server.WriteAsync(sent, _stopping.Token);
        }
    }
}
