using System.Buffers;
using System.IO.Pipelines;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>
/// A TLS 1.3 client that does one step at a time, so that a test can do the wrong one. Verifies the server's Finished and
/// leaves certificates to the real clients of the interop tests.
/// </summary>
internal sealed class ScriptedClient(IDuplexPipe transport) : IDisposable
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;
    private readonly HandshakeReassembly _received = new();
    private KeyExchange? _exchange;
    private Transcript? _transcript;
    private HandshakeSecrets? _handshakeSecrets;
    private ApplicationSecrets? _applicationSecrets;
    private Tls13RecordProtection? _handshakeProtection;
    private byte[] _clientFinished = [];
    private HandshakeMessage? _endOfEarlyData;
    private bool _finishedIsInTranscript;

    public RecordProtection? WriteProtection { get; set; }

    public RecordProtection? ReadProtection { get; set; }

    public CipherSuite Suite { get; private set; }

    /// <summary>Records that came, with their sizes on the wire, since the beginning.</summary>
    public List<(ContentType Outer, int Length)> Records { get; } = [];

    public ClientHelloScript Hello { get; set; } = new();

    /// <summary>Of the suite that will be chosen: that of the key offered.</summary>
    public DigestAlgorithm Digest { get; set; } = DigestAlgorithm.Sha256;

    /// <summary>Offered by the hellos sent from now on.</summary>
    public ScriptedPreSharedKeys? Keys { get; set; }

    /// <summary>Index of the key that the server selected.</summary>
    public int? SelectedIdentity { get; private set; }

    /// <summary>Certificate and CertificateVerify of the server; not verified.</summary>
    public List<HandshakeMessage> Authentication { get; } = [];

    /// <summary>What the signature in CertificateVerify covers.</summary>
    public byte[] HashThroughCertificate { get; private set; } = [];

    /// <summary>EncryptedExtensions of the server.</summary>
    public HandshakeMessage EncryptedExtensions { get; private set; }

    /// <summary>Completes the hello with a fresh share of one group.</summary>
    public HandshakeMessage MakeHello(NamedGroup group = NamedGroup.X25519)
    {
        _exchange?.Dispose();
        _exchange = Crypto.CreateKeyExchange(group);
        Hello = Hello with { Shares = [(0x6A6A, [0]), ((ushort)group, _exchange.PublicValue.ToArray())], Groups = Hello.Groups is null ? null : [0x6A6A, .. Hello.Groups] };
        return Keys is null ? Hello.Encode() : Keys.Complete(Hello, []);
    }

    public async Task SendHelloAsync(NamedGroup group = NamedGroup.X25519)
    {
        var hello = MakeHello(group);
        await SendHelloAsync(hello);
    }

    /// <summary>The last hello.</summary>
    public HandshakeMessage SentHello { get; private set; }

    /// <summary>Replays the hello of another client, whose private value this one then needs.</summary>
    public void TakeShareOf(ScriptedClient other) => (_exchange, other._exchange) = (other._exchange, null);

    public async Task SendHelloAsync(HandshakeMessage hello)
    {
        SentHello = hello;
        _transcript = new Transcript(Crypto, Digest);
        _transcript.Append(hello);
        await SendAsync(ContentType.Handshake, hello.Encoded);
        if (Keys?.EarlyTraffic(_transcript.CurrentHash()) is { } earlyTraffic)
            WriteProtection = new Tls13RecordProtection(Crypto, Keys.Keys[0].Suite, earlyTraffic);
    }

    /// <summary>Answers a HelloRetryRequest with a share of the group it names.</summary>
    public async Task SendSecondHelloAsync(Func<ClientHelloScript, ClientHelloScript>? change = null)
    {
        var retry = await ReadMessageAsync(HandshakeType.ServerHello);
        var group = (NamedGroup)((retry.Body.Span[^2] << 8) | retry.Body.Span[^1]);
        _exchange?.Dispose();
        _exchange = Crypto.CreateKeyExchange(group);
        var second = Hello with { Shares = [((ushort)group, _exchange.PublicValue.ToArray())] };
        second = change?.Invoke(second) ?? second;
        WriteProtection = null;
        var transcript = new Transcript(Crypto, Digest);
        var messageHash = _transcript!.ToMessageHash();
        transcript.Append(messageHash);
        transcript.Append(retry);
        var message = Keys is null ? second.Encode() : Keys.Complete(second, [messageHash, retry]);
        transcript.Append(message);
        _transcript.Dispose();
        _transcript = transcript;
        await SendAsync(ContentType.Handshake, message.Encoded);
    }

    /// <summary>From the hello to the server's Finished; the client's own is made and not sent.</summary>
    public async Task ReadServerFlightAsync()
    {
        var serverHello = await ReadMessageAsync(HandshakeType.ServerHello);
        _transcript!.Append(serverHello);
        var suite = serverHello.Body.Span[(35 + Hello.SessionId.Length)..];
        Suite = (CipherSuite)((suite[0] << 8) | suite[1]);
        var shareSize = _exchange!.Group switch { NamedGroup.X25519 => 32, NamedGroup.Secp256r1 => 65, _ => 97 };
        using var shared = _exchange.DeriveSharedSecret(serverHello.Body.Span[^shareSize..]) ?? throw new InvalidOperationException();
        SelectedIdentity = ServerHelloExtensions.SelectedIdentity(serverHello, Hello.SessionId.Length);
        using var early = SelectedIdentity is { } selected ? Keys!.Keys[selected].Begin() : EarlySecrets.WithoutPreSharedKey(Crypto, Suite.Digest());
        _handshakeSecrets = early.Agree(shared, _transcript.CurrentHash());
        ReadProtection = new Tls13RecordProtection(Crypto, Suite, _handshakeSecrets.ServerTraffic);
        EncryptedExtensions = await ReadMessageAsync(HandshakeType.EncryptedExtensions);
        _transcript.Append(EncryptedExtensions);
        foreach (var type in SelectedIdentity is null ? (HandshakeType[])[HandshakeType.Certificate, HandshakeType.CertificateVerify] : [])
        {
            if (type == HandshakeType.CertificateVerify)
                HashThroughCertificate = _transcript.CurrentHash();
            var message = await ReadMessageAsync(type);
            Authentication.Add(message);
            _transcript.Append(message);
        }

        if (!AcceptsEarlyData)
            WriteProtection = new Tls13RecordProtection(Crypto, Suite, _handshakeSecrets.ClientTraffic);
        var expected = _handshakeSecrets.ServerVerifyData(_transcript.CurrentHash());
        var finished = await ReadMessageAsync(HandshakeType.Finished);
        Assert.Equal(expected, finished.Body.ToArray());
        _transcript.Append(finished);
        var throughServerFinished = _transcript.CurrentHash();
        if (AcceptsEarlyData)
        {
            _endOfEarlyData = HandshakeMessage.Encode(HandshakeType.EndOfEarlyData, []);
            _transcript.Append(_endOfEarlyData.Value);
        }

        _clientFinished = new byte[expected.Length];
        DeriveSecret.VerifyData(Crypto, Suite.Digest(), _handshakeSecrets.ClientTraffic, _transcript.CurrentHash(), _clientFinished);
        using var handshakeTraffic = SecretBytes.CopyOf(_handshakeSecrets.ClientTraffic.Span);
        _handshakeProtection = new Tls13RecordProtection(Crypto, Suite, handshakeTraffic);
        _applicationSecrets = _handshakeSecrets.Advance(throughServerFinished);
        ReadProtection = new Tls13RecordProtection(Crypto, Suite, _applicationSecrets.ServerTraffic);
    }

    /// <summary>Whether EncryptedExtensions has early_data.</summary>
    public bool AcceptsEarlyData => ServerHelloExtensions.Find(EncryptedExtensions.Body[2..], ExtensionType.EarlyData) is not null;

    /// <summary>EndOfEarlyData as a record, after which handshake keys are in force.</summary>
    public byte[] EndOfEarlyDataRecord()
    {
        var record = Seal(ContentType.Handshake, _endOfEarlyData!.Value.Encoded);
        WriteProtection = _handshakeProtection;
        return record;
    }

    /// <summary>The next ticket.</summary>
    public async Task<ScriptedKey> ReadTicketAsync()
    {
        var message = await ReadMessageAsync(HandshakeType.NewSessionTicket);
        if (!_finishedIsInTranscript)
            _transcript!.Append(Finished.Encode(_clientFinished));
        _finishedIsInTranscript = true;
        using var resumptionSecret = _applicationSecrets!.ResumptionSecret(_transcript!.CurrentHash());
        return ScriptedKey.FromTicket(message, Suite, resumptionSecret);
    }

    /// <summary>The client's Finished as a record, after which application keys are in force.</summary>
    public byte[] FinishedRecord(Action<byte[]>? change = null)
    {
        var finished = Finished.Encode(_clientFinished).Encoded.ToArray();
        change?.Invoke(finished);
        var record = Seal(ContentType.Handshake, finished);
        WriteProtection = new Tls13RecordProtection(Crypto, Suite, _applicationSecrets!.ClientTraffic);
        return record;
    }

    public async Task HandshakeAsync()
    {
        await SendHelloAsync();
        await ReadServerFlightAsync();
        await SendRawAsync(FinishedRecord());
    }

    public byte[] Seal(ContentType type, ReadOnlyMemory<byte> content)
    {
        if (WriteProtection is not { } protection)
            return [(byte)type, 3, 3, (byte)(content.Length >> 8), (byte)content.Length, .. content.Span];
        var record = new byte[RecordHeader.Size + content.Length + protection.Expansion];
        protection.Seal(type, [.. content.Span, 0], record);
        return record;
    }

    public Task SendAsync(ContentType type, ReadOnlyMemory<byte> content) => SendRawAsync(Seal(type, content));

    public Task SendAsync(string text) => SendAsync(ContentType.ApplicationData, System.Text.Encoding.ASCII.GetBytes(text));

    public Task SendKeyUpdateAsync(byte request)
    {
        var record = Seal(ContentType.Handshake, HandshakeMessage.Encode(HandshakeType.KeyUpdate, [request]).Encoded);
        WriteProtection = ((Tls13RecordProtection)WriteProtection!).NextGeneration();
        return SendRawAsync(record);
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await transport.Output.WriteAsync(bytes);

    public void CloseTransport() => transport.Output.Complete();

    /// <summary>The next record, opened; null where the server's transport has ended.</summary>
    public async Task<(ContentType Type, byte[] Content)?> ReadRecordAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var read = await transport.Input.ReadAsync(patience.Token);
            var bytes = read.Buffer.ToArray();
            if (bytes.Length >= RecordHeader.Size && RecordHeader.Read(bytes) is var header && bytes.Length >= RecordHeader.Size + header.Length)
            {
                var record = bytes[..(RecordHeader.Size + header.Length)];
                transport.Input.AdvanceTo(read.Buffer.GetPosition(record.Length));
                Records.Add((header.Type, header.Length));
                return Open(header, record);
            }

            transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    public async Task<HandshakeMessage> ReadMessageAsync(HandshakeType expected)
    {
        HandshakeMessage message;
        while (!_received.TryTake(1 << 20, out message))
        {
            var record = await ReadRecordAsync() ?? throw new InvalidOperationException("The server ended.");
            if (record.Type == ContentType.Handshake)
                _received.Append(record.Content);
            else if (record.Type != ContentType.ChangeCipherSpec)
                throw new InvalidOperationException($"A {record.Type} record: {Convert.ToHexString(record.Content)}");
        }

        Assert.Equal(expected, message.Type);
        return message;
    }

    /// <summary>Reads until an alert comes.</summary>
    public async Task<AlertDescription> ReadAlertAsync()
    {
        while (await ReadRecordAsync() is { } record)
        {
            if (record.Type == ContentType.Alert)
                return (AlertDescription)record.Content[1];
        }

        throw new InvalidOperationException("The server ended without an alert.");
    }

    /// <summary>Application data, as long as the text is.</summary>
    public async Task<string> ReadTextAsync(int length)
    {
        var text = "";
        while (text.Length < length)
        {
            var (type, content) = await ReadRecordAsync() ?? throw new InvalidOperationException("The server ended.");
            if (type == ContentType.Handshake && content[0] == (byte)HandshakeType.KeyUpdate)
                ReadProtection = ((Tls13RecordProtection)ReadProtection!).NextGeneration();
            else if (type == ContentType.ApplicationData)
                text += System.Text.Encoding.ASCII.GetString(content);
            else
                throw new InvalidOperationException($"A {type} record: {Convert.ToHexString(content)}");
        }

        return text;
    }

    public void Dispose()
    {
        _exchange?.Dispose();
        _transcript?.Dispose();
        _handshakeSecrets?.Dispose();
        _applicationSecrets?.Dispose();
        _handshakeProtection?.Dispose();
        WriteProtection?.Dispose();
        ReadProtection?.Dispose();
    }

    private (ContentType Type, byte[] Content) Open(RecordHeader header, byte[] record)
    {
        if (ReadProtection is null || header.Type != ContentType.ApplicationData)
            return (header.Type, record[RecordHeader.Size..]);
        var destination = new byte[header.Length];
        Assert.True(ReadProtection.TryOpen(record.AsSpan(0, RecordHeader.Size), record.AsSpan(RecordHeader.Size), destination, out var opened), "A record of the server does not open.");
        return (opened.Type, destination[..opened.Length]);
    }
}
