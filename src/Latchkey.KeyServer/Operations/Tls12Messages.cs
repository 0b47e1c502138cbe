using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// The messages of a TLS 1.2 full handshake before the client's Finished, as an edge sent them, and found to be of one piece with the rest of its question: the hellos
/// carry the name, the client random and the server random that follows from the nonce, the suite is the one named, the client's half is the one in ClientKeyExchange.
/// </summary>
/// <remarks>What extended master secret and Finished cover is thereby this handshake and none that was recorded (attacks 1, 6, 11).</remarks>
internal sealed class Tls12Messages
{
    private readonly List<HandshakeMessage> _messages;
    private readonly int _clientKeyExchange;

    private Tls12Messages(List<HandshakeMessage> messages, int clientKeyExchange, ClientHello clientHello, ServerHello12Content serverHello)
    {
        _messages = messages;
        _clientKeyExchange = clientKeyExchange;
        ClientHello = clientHello;
        ServerHello = serverHello;
    }

    public ClientHello ClientHello { get; }

    public ServerHello12Content ServerHello { get; }

    /// <summary>Both sides have it: the hellos say so, not the edge.</summary>
    public bool HasExtendedMasterSecret => ClientHello.ExtendedMasterSecret && ServerHello.ExtendedMasterSecret;

    /// <summary>ClientKeyExchange.</summary>
    public HandshakeMessage ClientKeyExchange => _messages[_clientKeyExchange];

    /// <summary>null: malformed, or not of one piece.</summary>
    public static Tls12Messages? TryRead(scoped in AgreeKeyExchangeRequest request, scoped in KeylessItems items) =>
        TryRead(request.Messages, (CipherSuite)request.Suite, request.ServerNonce, request.Sentinel, items) is { } messages
            && messages.ClientKeyExchange.Body.Span.EndsWith(request.ClientValue)
            && messages.ClientHello.Random.Span.SequenceEqual(request.ClientRandom)
                ? messages
                : null;

    /// <summary>null: malformed, or not of one piece.</summary>
    /// <param name="encoded">One behind the other.</param>
    /// <param name="suite">ServerHello names it.</param>
    /// <param name="serverNonce">32 bytes: ServerHello's random follows from it.</param>
    public static Tls12Messages? TryRead(ReadOnlySpan<byte> encoded, CipherSuite suite, ReadOnlySpan<byte> serverNonce, byte sentinel, scoped in KeylessItems items)
    {
        if (!HandshakeTranscript.TrySplit(encoded, out var messages) || messages.Count < 3 || TryParse(messages[0]) is not { } clientHello
            || ServerHello12Content.TryRead(messages[1]) is not { } serverHello)
        {
            return null;
        }
        var clientKeyExchange = messages.FindIndex(message => message.Type == HandshakeType.ClientKeyExchange);
        var serverRandom = FreshServerRandom.Derive(serverNonce, (DowngradeSentinel)sentinel);
        return clientKeyExchange > 1
            && IsNamed(clientHello, items)
            && serverHello.Random.Span.SequenceEqual(serverRandom.Value.Span)
            && serverHello.Suite == suite
            && (clientHello.ExtendedMasterSecret || !serverHello.ExtendedMasterSecret)
                ? new Tls12Messages(messages, clientKeyExchange, clientHello, serverHello)
                : null;
    }

    /// <summary>Of extended master secret (RFC 7627 §3): through ClientKeyExchange.</summary>
    public byte[] SessionHash(CryptoProvider crypto, DigestAlgorithm digest)
    {
        using var transcript = HandshakeTranscript.Of(crypto, digest, _messages.Take(_clientKeyExchange + 1));
        return transcript.CurrentHash();
    }

    /// <summary>All of them, to go on with; the caller disposes it.</summary>
    public Transcript Transcript(CryptoProvider crypto, DigestAlgorithm digest) => HandshakeTranscript.Of(crypto, digest, _messages);

    /// <summary>Whether the client has shown this chain and proven to have the key of its first certificate; always, where it is empty.</summary>
    public bool HasProven(IReadOnlyList<ReadOnlyMemory<byte>> chain, CryptoProvider crypto)
    {
        if (chain.Count == 0)
            return true;
        if (_messages.Count != _clientKeyExchange + 2 || _messages[^1].Type != HandshakeType.CertificateVerify || _messages[_clientKeyExchange - 1].Type != HandshakeType.Certificate)
            return false;
        try
        {
            var shown = CertificateMessage.Parse12(_messages[_clientKeyExchange - 1]);
            byte[] signed = [.. _messages.SkipLast(1).SelectMany(message => message.Encoded.ToArray())];
            return shown.Count == chain.Count && shown.Zip(chain).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span))
                && ProvenClient.Is(chain[0], _messages[^1], signed, TlsVersion.Tls12, crypto);
        }
        catch (TlsException)
        {
            return false;
        }
    }

    /// <summary>Whether the name that policy has been asked about is the hello's (attack 21).</summary>
    public static bool IsNamed(ClientHello hello, scoped in KeylessItems items) => items.ServerName.SequenceEqual(Encoding.ASCII.GetBytes(hello.ServerName ?? ""));

    /// <summary>A ClientHello; null: malformed.</summary>
    public static ClientHello? TryParse(HandshakeMessage message)
    {
        try
        {
            return message.Type == HandshakeType.ClientHello ? ClientHello.Parse(message) : null;
        }
        catch (TlsException)
        {
            return null;
        }
    }
}
