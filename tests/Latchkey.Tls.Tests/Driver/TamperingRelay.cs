using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>Somebody between client and server who changes the client's first record of application data, once.</summary>
internal sealed class TamperingRelay : IAsyncDisposable
{
    private const byte ApplicationData = 23;
    private const int HeaderSize = 5;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _serverPort;
    private readonly Action<byte[]> _tamper;
    private readonly Task _relaying;
    private bool _hasTampered;

    /// <param name="serverPort">On loopback.</param>
    /// <param name="tamper">Is given the record, header included.</param>
    public TamperingRelay(int serverPort, Action<byte[]> tamper)
    {
        _serverPort = serverPort;
        _tamper = tamper;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _relaying = RelayAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _relaying;
    }

    private async Task RelayAsync()
    {
        try
        {
            using var client = new NetworkStream(await _listener.AcceptAsync(), ownsSocket: true);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _serverPort);
            using var server = new NetworkStream(socket);
            var answers = server.CopyToAsync(client);
            await RelayRecordsAsync(client, server);
            socket.Shutdown(SocketShutdown.Send);
            await answers;
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // One of the two has closed: so does the relay.
        }
    }

    private async Task RelayRecordsAsync(NetworkStream client, NetworkStream server)
    {
        var header = new byte[HeaderSize];
        while (await client.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false) == HeaderSize)
        {
            byte[] record = [.. header, .. new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3))]];
            await client.ReadExactlyAsync(record.AsMemory(HeaderSize));
            if (record[0] == ApplicationData && !_hasTampered)
            {
                _hasTampered = true;
                _tamper(record);
            }

            await server.WriteAsync(record);
        }
    }
}
