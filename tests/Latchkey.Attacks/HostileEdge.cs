using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.OnDemand;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>An admitted edge that sends what it likes, byte by byte, over real mutual TLS.</summary>
internal sealed class HostileEdge : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly SslStream _stream;
    private uint _nextId = 1;

    private HostileEdge(Socket socket, SslStream stream)
    {
        _socket = socket;
        _stream = stream;
        Link = LinkBinding.Of(stream, SHA256.HashData(stream.RemoteCertificate!.GetRawCertData()), SHA256.HashData(stream.LocalCertificate!.GetRawCertData()));
    }

    /// <summary>What grants on this connection are bound to.</summary>
    public ReadOnlyMemory<byte> Link { get; }

    public static async Task<HostileEdge> ConnectAsync(IPEndPoint server, byte[] authority, X509Certificate2 certificate)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority));
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            CertificateChainPolicy = chain,
        }).WaitAsync(Patience);
        var edge = new HostileEdge(socket, stream);
        var greeting = await edge.AskAsync(static (ref items) =>
        {
            items.Opcode = Opcode.Capabilities;
            items.Capabilities = new PeerCapabilities(PeerCapabilities.CurrentVersion, PeerFeatures.None).Write(new byte[PeerCapabilities.Size]);
        });
        Assert.Equal(Opcode.Response, greeting.Opcode);
        return edge;
    }

    public async Task<Answer> AskAsync(Request request)
    {
        var id = _nextId++;
        await SendAsync(Encode(id, request));
        var answer = await ReadAsync();
        Assert.Equal(id, answer.Id);
        return answer;
    }

    public static byte[] Encode(uint id, Request request)
    {
        var items = new OutgoingItems();
        request(ref items);
        var bytes = new byte[KeylessEncoder.GetSize(items)];
        KeylessEncoder.Write(bytes, id, items);
        return bytes;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    public async Task<Answer> ReadAsync()
    {
        var header = await ReadBytesAsync(KeylessFrame.HeaderSize);
        var body = await ReadBytesAsync(BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)));
        Assert.True(KeylessItems.TryRead(body, out var items));
        return new Answer(BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)), items.Opcode, items.Payload.ToArray(), body);
    }

    /// <summary>Gone without a word.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Aborted, or broken off by the other side.
        }
    }

    private async Task<byte[]> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return bytes;
    }
}

internal delegate void Request(ref OutgoingItems items);

/// <summary>A reply; everything an attacker sees of it but the time it took is here.</summary>
internal sealed record Answer(uint Id, Opcode Opcode, byte[] Payload, byte[] Body)
{
    public KeylessError Error => Opcode == Opcode.Error && Payload is [var error] ? (KeylessError)error : KeylessError.None;
}
