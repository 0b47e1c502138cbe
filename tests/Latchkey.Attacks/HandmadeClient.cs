using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Testing;

namespace Latchkey.Attacks;

/// <summary>A TLS 1.2 client over TCP that says what the test lets it say: AES-128-GCM with SHA-256, any key exchange. None of the engine's code but the PRF.</summary>
internal sealed class HandmadeClient : IDisposable
{
    public const ushort EcdheEcdsa = 0xC02B;
    public const ushort EcdheRsa = 0xC02F;
    public const ushort Dhe = 0x009E;
    public const ushort Rsa = 0x009C;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly List<byte[]> _transcript = [];
    private readonly MemoryStream _heard = new();
    private readonly Queue<Heard> _messages = new();
    private NetworkStream? _stream;
    private HandmadeRecords? _reading;
    private byte[] _master = [];

    public ushort Suite { get; init; } = EcdheEcdsa;

    public string ServerName { get; init; } = "site.test";

    public byte[] Random { get; init; } = RandomNumberGenerator.GetBytes(32);

    public bool ExtendedMasterSecret { get; init; } = true;

    public byte[] SessionId { get; init; } = [];

    /// <summary>null: takes none; empty: takes one.</summary>
    public byte[]? Ticket { get; init; }

    public string? Protocol { get; init; }

    /// <summary>X25519, P-256, ffdhe2048.</summary>
    public byte[] Groups { get; init; } = [0x00, 0x1D, 0x00, 0x17, 0x01, 0x00];

    public byte[] ServerRandom { get; private set; } = [];

    public byte[] ServerSessionId { get; private set; } = [];

    /// <summary>The one presented; empty where there was an abbreviated handshake.</summary>
    public byte[] Certificate { get; private set; } = [];

    /// <summary>ServerECDHParams or ServerDHParams, with the signature.</summary>
    public byte[] ServerKeyExchange { get; private set; } = [];

    public byte[]? NewTicket { get; private set; }

    /// <summary>Known after the key exchange, or brought along for a resumption.</summary>
    public byte[] Master { get => _master; init => _master = value; }

    /// <summary>All handshake messages so far, in order.</summary>
    public IReadOnlyList<byte[]> Messages => _transcript;

    /// <summary>All the server has sent, records and all.</summary>
    public byte[] AllHeard => _heard.ToArray();

    public async Task ConnectAsync(IPEndPoint server)
    {
        await _socket.ConnectAsync(server);
        _stream = new NetworkStream(_socket);
    }

    public Task SayHelloAsync()
    {
        byte[] protocols = Protocol is null ? [] : [0, 16, .. V16(V16([(byte)Protocol.Length, .. Encoding.ASCII.GetBytes(Protocol)]))];
        byte[] extensions =
        [
            0, 0, .. V16(V16([0, .. V16(Encoding.ASCII.GetBytes(ServerName))])),
            0, 10, .. V16(V16(Groups)), 0, 13, .. V16(V16([0x04, 0x03, 0x08, 0x04, 0x04, 0x01])),
            .. ExtendedMasterSecret ? [0, 23, 0, 0] : Array.Empty<byte>(), .. Ticket is null ? [] : (byte[])[0, 35, .. V16(Ticket)], .. protocols,
        ];
        return SayAsync(1, [3, 3, .. Random, (byte)SessionId.Length, .. SessionId, 0, 2, (byte)(Suite >> 8), (byte)Suite, 1, 0, .. V16(extensions)]);
    }

    /// <summary>Through ServerHelloDone, or through ServerHello where the session goes on.</summary>
    /// <returns>Whether it goes on.</returns>
    public async Task<bool> HearFlightAsync()
    {
        while (true)
        {
            var message = await HearAsync();
            switch (message.Type)
            {
                case 2:
                    ServerRandom = message.Bytes[6..38];
                    ServerSessionId = message.Bytes[39..(39 + message.Bytes[38])];
                    break;
                case 11:
                    Certificate = message.Bytes[10..(10 + (message.Bytes[8] << 8 | message.Bytes[9]))];
                    break;
                case 12:
                    ServerKeyExchange = message.Bytes[4..];
                    break;
                case 14:
                    return false;
                default: // a ticket or the change of ciphers: no certificate has come
                    Put(message);
                    return true;
            }
        }
    }

    /// <summary>ECDHE with the group that the server has chosen.</summary>
    public async Task SayEcdheAsync()
    {
        var group = (NamedGroup)BinaryPrimitives.ReadUInt16BigEndian(ServerKeyExchange.AsSpan(1));
        using var exchange = CryptoProvider.Default.CreateKeyExchange(group);
        using var premaster = exchange.DeriveSharedSecret(ServerKeyExchange.AsSpan(4, ServerKeyExchange[3]))!;
        await SayKeyExchangeAsync([(byte)exchange.PublicValue.Length, .. exchange.PublicValue.Span], premaster.Span.ToArray());
    }

    /// <param name="premaster">What this client derives from, whatever the message says.</param>
    public async Task SayKeyExchangeAsync(byte[] body, byte[] premaster)
    {
        await SayAsync(16, body);
        _master = ExtendedMasterSecret
            ? Prf(premaster, "extended master secret", TranscriptHash(), 48)
            : Prf(premaster, "master secret", [.. Random, .. ServerRandom], 48);
    }

    /// <summary>ChangeCipherSpec and Finished under the master secret.</summary>
    /// <param name="record">In the place of the encrypted Finished.</param>
    public async Task SayFinishedAsync(byte[]? record = null)
    {
        byte[] finished = Message(20, Prf(_master, "client finished", TranscriptHash(), 12));
        await WriteAsync([20, 3, 3, 0, 1, 1]);
        await WriteAsync(record ?? KeysOf("client").Seal(22, finished));
        _transcript.Add(finished);
    }

    /// <summary>The end of the server's side, checked.</summary>
    public async Task HearFinishedAsync()
    {
        var message = await HearAsync();
        if (message.Type == 4)
        {
            NewTicket = message.Bytes[10..];
            message = await HearAsync();
        }

        Assert.Equal(20, message.Content);
        _reading = KeysOf("server");
        var expected = Message(20, Prf(_master, "server finished", TranscriptHash(), 12));
        Assert.Equal(expected, (await HearAsync()).Bytes);
    }

    /// <summary>Full handshake with ECDHE.</summary>
    public static async Task<HandmadeClient> EstablishAsync(IPEndPoint server, HandmadeClient client)
    {
        await client.ConnectAsync(server);
        await client.SayHelloAsync();
        Assert.False(await client.HearFlightAsync());
        await client.SayEcdheAsync();
        await client.SayFinishedAsync();
        await client.HearFinishedAsync();
        return client;
    }

    /// <summary>Comes back with a ticket or an identifier; the handshake is finished where the session goes on, and broken off where it does not.</summary>
    /// <returns>Whether it goes on.</returns>
    public async Task<bool> ComeBackAsync(IPEndPoint server)
    {
        await ConnectAsync(server);
        await SayHelloAsync();
        if (!await HearFlightAsync())
            return false;
        await HearFinishedAsync();
        await SayFinishedAsync();
        return true;
    }

    /// <summary>What the server says to the end of the connection: an alert, if anything. After a ChangeCipherSpec of its own it would be encrypted.</summary>
    public async Task<byte[]> HearRestAsync()
    {
        using var rest = new MemoryStream();
        _socket.Shutdown(SocketShutdown.Send);
        try
        {
            await _stream!.CopyToAsync(rest).WaitAsync(ChildProcess.Patience);
        }
        catch (IOException)
        {
            // Reset: what had come counts.
        }

        _heard.Write(rest.ToArray());
        return rest.ToArray();
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }

    public static byte[] V16(byte[] value) => [(byte)(value.Length >> 8), (byte)value.Length, .. value];

    public static byte[] Message(byte type, byte[] body) => [type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    private async Task SayAsync(byte type, byte[] body)
    {
        var message = Message(type, body);
        _transcript.Add(message);
        await WriteAsync([22, 3, (byte)(type == 1 ? 1 : 3), .. V16(message)]);
    }

    private Task WriteAsync(byte[] bytes) => _stream!.WriteAsync(bytes).AsTask();

    private async Task<Heard> HearAsync()
    {
        while (_messages.Count == 0)
            await HearRecordAsync();
        var message = _messages.Dequeue();
        if (message.Content == 21)
            throw new AlertHeardException(message.Bytes[1]);
        if (message.Content == 22)
            _transcript.Add(message.Bytes);
        return message;
    }

    // Only the first message of what follows the hello can be put back, before its place in the transcript is asked for.
    private void Put(Heard message)
    {
        if (message.Content == 22)
            _transcript.RemoveAt(_transcript.Count - 1);
        var rest = _messages.ToArray();
        _messages.Clear();
        foreach (var one in (Heard[])[message, .. rest])
            _messages.Enqueue(one);
    }

    private async Task HearRecordAsync()
    {
        var header = await ReadAsync(5);
        var body = await ReadAsync(BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3)));
        var content = _reading is null || header[0] == 20 ? body : _reading.Open(header[0], body);
        if (header[0] != 22)
        {
            _messages.Enqueue(new Heard(header[0], 0, content));
            return;
        }

        for (var at = 0; at < content.Length;)
        {
            var size = 4 + (content[at + 1] << 16 | content[at + 2] << 8 | content[at + 3]);
            _messages.Enqueue(new Heard(22, content[at], content[at..(at + size)]));
            at += size;
        }
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream!.ReadExactlyAsync(bytes).AsTask().WaitAsync(ChildProcess.Patience);
        _heard.Write(bytes);
        return bytes;
    }

    private byte[] TranscriptHash() => SHA256.HashData((byte[])[.. _transcript.SelectMany(message => message)]);

    private HandmadeRecords KeysOf(string writer)
    {
        var block = Prf(_master, "key expansion", [.. ServerRandom, .. Random], 40);
        return writer == "client" ? new HandmadeRecords(block[..16], block[32..36]) : new HandmadeRecords(block[16..32], block[36..40]);
    }

    private static byte[] Prf(byte[] secret, string label, byte[] seed, int size)
    {
        var output = new byte[size];
        Tls12Prf.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, secret, Encoding.ASCII.GetBytes(label), seed, [], output);
        return output;
    }

    private sealed record Heard(byte Content, byte Type, byte[] Bytes);
}

/// <summary>The server ended the handshake in the clear.</summary>
internal sealed class AlertHeardException(byte description) : Exception($"alert {description}")
{
    public byte Description => description;
}
