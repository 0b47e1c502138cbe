using System.Buffers.Binary;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>The least TLS 1.2 client there can be, on a scripted channel; every step can be done wrongly.</summary>
internal sealed class ScriptedClient(TlsSite site, HelloBuilder hello) : IDisposable
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;
    private readonly HandshakeMessage _hello = hello.Build();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(20));
    private HandshakeMessage? _clientKeyExchange;
    private SecretBytes? _master;

    public ScriptedChannel Channel { get; } = new();

    public byte[] ClientRandom => hello.Random;

    public ReadOnlyMemory<byte> ServerRandom => Channel.Body(HandshakeType.ServerHello).Slice(2, 32);

    public CipherSuite Suite
    {
        get
        {
            var hello = Channel.Body(HandshakeType.ServerHello).Span;
            return (CipherSuite)BinaryPrimitives.ReadUInt16BigEndian(hello[(35 + hello[34])..]);
        }
    }

    /// <summary>Of the full handshake; the test's own copy.</summary>
    public byte[] Master => _master!.Span.ToArray();

    /// <summary>Starts the server's side; where nothing waits, it has written its flight when this returns.</summary>
    public Task<TlsHandshakeInfo> StartAsync()
    {
        var start = new HandshakeStart
        {
            Options = Tls12Site.Options(site),
            EndPoints = TlsEndPoints.None,
            Site = site,
            HelloMessage = _hello,
            Hello = ClientHello.Parse(_hello),
        };
        return site.Relay is { } relay
            ? Latchkey.Tls.Relay.ServerHandshake.RunAsync(Channel, start, relay, _patience.Token).AsTask()
            : Latchkey.Tls.Tls12.ServerHandshake.RunAsync(Channel, start, _patience.Token).AsTask();
    }

    /// <summary>ServerECDHParams, scheme and signature of the ServerKeyExchange.</summary>
    public (byte[] Parameters, SignatureScheme Scheme, byte[] Signature) ServerKeyExchange()
    {
        var body = Channel.Body(HandshakeType.ServerKeyExchange).ToArray();
        var parameters = body[..(4 + body[3])];
        var rest = body[parameters.Length..];
        return (parameters, (SignatureScheme)((rest[0] << 8) | rest[1]), rest[4..]);
    }

    /// <summary>Answers the server's ECDHE value.</summary>
    public void SayEcdhe(bool extendedMasterSecret)
    {
        Assert.True(ServerEcdhParameters.TryParse(ServerKeyExchange().Parameters, out var group, out var serverValue));
        using var exchange = Crypto.CreateKeyExchange(group);
        using var premaster = exchange.DeriveSharedSecret(serverValue)!;
        SayKeyExchange(HelloBuilder.V8(exchange.PublicValue.ToArray()), premaster, extendedMasterSecret);
    }

    public void SayKeyExchange(byte[] body, SecretBytes premaster, bool extendedMasterSecret)
    {
        _clientKeyExchange = HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, body);
        Channel.Say(_clientKeyExchange.Value);
        var hash = TranscriptHash();
        _master = MasterSecret.Derive(Crypto, Suite.Digest(), premaster, ClientRandom, ServerRandom.Span, extendedMasterSecret ? (ReadOnlyMemory<byte>?)hash : null);
    }

    public byte[] VerifyDataOfClient() => VerifyData.OfClient(Crypto, Suite.Digest(), _master!, TranscriptHash());

    public byte[] VerifyDataOfServer() => VerifyData.OfServer(Crypto, Suite.Digest(), _master!, TranscriptHash(Finished.Encode(VerifyDataOfClient())));

    public void SayFinished(byte[] verifyData)
    {
        Channel.SayChangeCipherSpec();
        Channel.Say(Finished.Encode(verifyData));
    }

    public void Dispose()
    {
        _master?.Dispose();
        _patience.Dispose();
    }

    /// <summary>Through ClientKeyExchange, and what follows it.</summary>
    private byte[] TranscriptHash(params HandshakeMessage[] more)
    {
        using var transcript = new Transcript(Crypto, Suite.Digest());
        transcript.Append(_hello);
        foreach (var message in Channel.Written.Where(message => message.Type is not (HandshakeType.Finished or HandshakeType.NewSessionTicket)))
            transcript.Append(message);
        transcript.Append(_clientKeyExchange!.Value);
        foreach (var message in more)
            transcript.Append(message);
        return transcript.CurrentHash();
    }
}
