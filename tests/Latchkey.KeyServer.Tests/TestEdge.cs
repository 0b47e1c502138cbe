using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>An edge at the level of bytes, over real TLS.</summary>
internal sealed class TestEdge : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly SslStream _stream;
    private uint _nextId = 1;

    private TestEdge(Socket socket, SslStream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    public static async Task<TestEdge> ConnectAsync(IPEndPoint server, byte[] authority, X509Certificate2? certificate, System.Security.Authentication.SslProtocols protocols = default, X509Certificate2Collection? intermediates = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority));
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocols,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, intermediates, offline: true),
                CertificateChainPolicy = chain,
            }).WaitAsync(Patience);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
        return new TestEdge(socket, stream);
    }

    /// <summary>For tests that send and read more than one by one.</summary>
    public Stream Stream => _stream;

    /// <summary>Sends a request and waits for its reply, which must be the next.</summary>
    public async Task<Reply> AskAsync(RequestItems request)
    {
        var id = _nextId++;
        await SendAsync(Encode(id, request));
        var reply = await ReadAsync();
        Assert.Equal(id, reply.Id);
        return reply;
    }

    public async Task NegotiateAsync()
    {
        var reply = await AskAsync((ref items) =>
        {
            items.Opcode = Opcode.Capabilities;
            items.Capabilities = new PeerCapabilities(1, PeerFeatures.None).Write(new byte[PeerCapabilities.Size]);
        });
        Assert.Equal(Opcode.Response, reply.Opcode);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    public static byte[] Encode(uint id, RequestItems request)
    {
        var items = new OutgoingItems();
        request(ref items);
        var bytes = new byte[KeylessEncoder.GetSize(items)];
        KeylessEncoder.Write(bytes, id, items);
        return bytes;
    }

    public async Task<byte[]> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return bytes;
    }

    public async Task<Reply> ReadAsync()
    {
        var header = await ReadBytesAsync(8);
        Assert.Equal([1, 0], header[..2]);
        var body = await ReadBytesAsync(BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)));
        Assert.True(KeylessItems.TryRead(body, out var items));
        return new Reply(BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)), items.Opcode, items.Payload.ToArray(), [.. header, .. body]);
    }

    /// <summary>Whether the server closes without another byte.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}

internal delegate void RequestItems(ref OutgoingItems items);

internal sealed record Reply(uint Id, Opcode Opcode, byte[] Payload, byte[] Bytes)
{
    /// <summary>Whether the key server reported its load with it.</summary>
    public bool TryLoad(out KeyServerLoad load)
    {
        Assert.True(KeylessItems.TryRead(Bytes.AsSpan(8), out var items));
        return KeyServerLoad.TryRead(items.Value(ItemTag.Load), out load);
    }

    public KeylessError Error => Opcode == Opcode.Error && Payload.Length == 1 ? (KeylessError)Payload[0] : KeylessError.None;
}
