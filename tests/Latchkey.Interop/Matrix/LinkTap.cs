using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Interop.Deployed;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>
/// Sits between edge and key server with certificates that both trust, and reads everything they say to each other: what an
/// edge ever held can only have come through here.
/// </summary>
internal sealed class LinkTap : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly int _keyServer;
    private readonly X509Certificate2 _asKeyServer;
    private readonly X509Certificate2 _asEdge;
    private readonly ConcurrentQueue<LinkMessage> _messages = new();
    private readonly ConcurrentDictionary<uint, bool> _apart = new();

    /// <param name="keyServer">Port of the real one on loopback.</param>
    public LinkTap(int keyServer, TestCertificate asKeyServer, TestCertificate asEdge)
    {
        _keyServer = keyServer;
        _asKeyServer = asKeyServer.WithPrivateKey();
        _asEdge = asEdge.WithPrivateKey();
        _listener = new LoopbackListener(CarryAsync);
    }

    public int Port => _listener.Port;

    /// <summary>
    /// Requests and replies in the order they came by. Left out is what belongs to no handshake: pings, capabilities, and the ticket keys that an edge fetches ahead of time.
    /// </summary>
    public IReadOnlyList<LinkMessage> Messages => [.. _messages];

    /// <summary>While true, a bit of every answer that belongs to a handshake is turned over: a key server that computes wrongly.</summary>
    public bool Spoils { get; set; }

    /// <summary>Forgets what came by until now.</summary>
    public void Clear() => _messages.Clear();

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _asKeyServer.Dispose();
        _asEdge.Dispose();
    }

    private async Task CarryAsync(Socket edge, CancellationToken stopping)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        edge.NoDelay = true;
        await server.ConnectAsync(IPAddress.Loopback, _keyServer, stopping);
        await using var toEdge = new SslStream(new NetworkStream(edge), false, (_, certificate, _, _) => certificate is not null);
        await using var toKeyServer = new SslStream(new NetworkStream(server), false, (_, certificate, _, _) => certificate is not null);
        await toEdge.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _asKeyServer, ClientCertificateRequired = true }, stopping);
        await toKeyServer.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ClientCertificates = [_asEdge] }, stopping);
        await Task.WhenAny(PassAsync(toEdge, toKeyServer, isRequest: true, stopping), PassAsync(toKeyServer, toEdge, isRequest: false, stopping));
        // Either side has gone; the other sees it by the closed connection.
    }

    private bool BelongsToAHandshake(bool isRequest, Message message)
    {
        if (message.Opcode is Frames.Ping or Frames.Pong or Frames.Capabilities or Frames.TicketKeys or Frames.FollowTicketKeys)
        {
            _apart[message.Id] = true;
            return false;
        }
        return isRequest || !_apart.TryRemove(message.Id, out _);
    }

    /// <summary>Turns over a bit in the middle of the result.</summary>
    private static void Spoil(byte[] frame)
    {
        const byte payload = 0x12;
        for (var position = 8; position + 3 <= frame.Length;)
        {
            var length = (frame[position + 1] << 8) | frame[position + 2];
            if (frame[position] == payload)
                frame[position + 3 + (length / 2)] ^= 0x10;
            position += 3 + length;
        }
    }

    private async Task PassAsync(Stream from, Stream to, bool isRequest, CancellationToken stopping)
    {
        while (await Frames.ReadRawAsync(from, stopping) is { } frame)
        {
            var message = Frames.Parse(frame);
            if (BelongsToAHandshake(isRequest, message))
            {
                _messages.Enqueue(new LinkMessage(isRequest, message));
                if (Spoils && !isRequest)
                    Spoil(frame);
            }
            await to.WriteAsync(frame, stopping);
        }
    }
}

/// <summary>One message on the link.</summary>
/// <param name="IsRequest">From the edge; else a reply.</param>
internal sealed record LinkMessage(bool IsRequest, Message Message)
{
    /// <summary>Whether these bytes occur anywhere in it.</summary>
    public bool Contains(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in Message.Items.Values)
        {
            if (value.AsSpan().IndexOf(bytes) >= 0)
                return true;
        }

        return false;
    }
}
