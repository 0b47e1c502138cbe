using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>The hello that counts, the share in it, and the messages that end with it.</summary>
/// <param name="ClientHello">The second one after a HelloRetryRequest.</param>
/// <param name="ClientShare">Of the group chosen.</param>
/// <param name="Messages">Through the ClientHello; after a HelloRetryRequest: message_hash, HelloRetryRequest, second ClientHello.</param>
/// <param name="WasRetried">The suite is settled then (RFC 8446 §4.1.4), and no early data is accepted (§4.2.10).</param>
internal sealed record SettledHello(ClientHello ClientHello, ReadOnlyMemory<byte> ClientShare, IReadOnlyList<HandshakeMessage> Messages, bool WasRetried)
{
    /// <summary>Of the messages, for a suite of this digest. The caller owns it.</summary>
    public Transcript BeginTranscript(CryptoProvider crypto, DigestAlgorithm digest)
    {
        var transcript = new Transcript(crypto, digest);
        foreach (var message in Messages)
            transcript.Append(message);
        return transcript;
    }

    /// <summary>What the holder of the handshake's secrets is told.</summary>
    public HandshakeFacts Facts(HandshakeStart start, CipherSuite suite, TlsCertificate certificate) => new()
    {
        Crypto = start.Options.Crypto,
        TimeProvider = start.Options.TimeProvider,
        ClientHello = ClientHello,
        Certificate = certificate,
        ServerName = ClientHello.ServerName,
        EndPoints = start.EndPoints,
        CipherSuite = suite,
        Sentinel = DowngradeSentinel.None,
        Observer = start.Observer,
    };
}
