using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tls12;

/// <summary>The server's side of a TLS 1.2 full handshake, RFC 5246 §7.3, in the order in which it happens.</summary>
internal static class ServerHandshake
{
    /// <summary>From the ClientHello to the server's Finished; leaves the session's keys set on the channel.</summary>
    public static async ValueTask<TlsHandshakeInfo> RunAsync(HandshakeChannel channel, HandshakeStart start, CancellationToken cancellationToken)
    {
        var choice = Tls12Choice.Choose(start.Hello, start.Site, start.Options.Crypto);
        ClientHelloRules.Check(start.Hello, choice);
        using var transcript = new Transcript(start.Options.Crypto, choice.Suite.Digest);
        transcript.Append(start.HelloMessage);
        using var holder = choice.Certificate.Custody.BeginTls12(Facts(start, choice));
        SendServerHello(channel, start, choice, transcript, holder);
        await SendKeyExchangeAsync(channel, start, choice, transcript, holder, cancellationToken);
        await channel.FlushAsync(cancellationToken);
        using var client = await ClientCertificateFlight.ReadCertificateAsync(channel, start, start.Site.ClientCertificates, transcript, cancellationToken);
        var exchange = await ReadKeyExchangeAsync(channel, start, choice, transcript, cancellationToken);
        var identity = await ClientCertificateFlight.ReadVerifyAsync(channel, start, client, transcript, cancellationToken);
        using var secrets = await holder.AgreeAsync(exchange, cancellationToken);
        await ReadFinishedAsync(channel, start, choice, transcript, secrets, cancellationToken);
        await SendFinishedAsync(channel, start, choice, transcript, secrets, cancellationToken);
        await channel.FlushAsync(cancellationToken);
        return Info(start, choice, identity);
    }

    /// <summary>ServerHello and Certificate.</summary>
    private static void SendServerHello(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, Transcript transcript, Tls12KeyHolder holder)
    {
        var hello = start.Hello;
        var extensions = new ServerHello12Extensions
        {
            ServerName = hello.ServerName is not null,
            SecureRenegotiation = hello.SecureRenegotiation,
            EcPointFormats = choice.Suite.KeyExchange == KeyExchangeMethod.Ecdhe && hello.EcPointFormats is not null,
            ExtendedMasterSecret = hello.ExtendedMasterSecret,
            EncryptThenMac = choice.EncryptThenMac,
            ApplicationProtocol = choice.ApplicationProtocol,
            RecordSizeLimit = hello.RecordSizeLimit is not null,
        };
        // RFC 8449 §4: takes effect with the first protected record, yet keeping to it before that harms nobody.
        if (hello.RecordSizeLimit is { } limit)
            channel.SetMaxPlaintextSize(limit);
        Send(channel, transcript, ServerHello12.Encode(holder.ServerRandom.Span, choice.Suite.Suite, extensions));
        Send(channel, transcript, CertificateMessage.Encode12(choice.Certificate.Chain));
    }

    /// <summary>ServerKeyExchange where the suite has one, which waits for the key, CertificateRequest where the site asks for one, and ServerHelloDone.</summary>
    private static async ValueTask SendKeyExchangeAsync(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, Transcript transcript, Tls12KeyHolder holder, CancellationToken cancellationToken)
    {
        if (choice.Signed is { } signed)
        {
            var offer = await holder.OfferAsync(signed.Group, signed.Scheme, cancellationToken);
            Send(channel, transcript, ServerKeyExchange.Encode(offer.Parameters.Span, signed.Scheme, offer.Signature.Span));
        }

        if (start.Site.ClientCertificates is { } asked)
            Send(channel, transcript, CertificateRequest.Encode12(asked));
        Send(channel, transcript, HandshakeMessage.Encode(HandshakeType.ServerHelloDone, []));
    }

    /// <summary>ClientKeyExchange, and what the secrets follow from.</summary>
    private static async ValueTask<Tls12Agreement> ReadKeyExchangeAsync(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, Transcript transcript, CancellationToken cancellationToken)
    {
        var message = await channel.ReadMessageAsync(cancellationToken);
        var clientValue = ClientKeyExchange.Parse(message, choice.Suite.KeyExchange);
        transcript.Append(message);
        // RFC 7627 §3: the session hash covers everything through ClientKeyExchange. The cast is needed: "array or null" would
        // become an empty memory that is not null, and the derivation the wrong one.
        var sessionHash = start.Hello.ExtendedMasterSecret ? (ReadOnlyMemory<byte>?)transcript.CurrentHash() : null;
        return new Tls12Agreement { ClientValue = clientValue, SessionHash = sessionHash, Transcript = transcript };
    }

    /// <summary>ChangeCipherSpec, then Finished under the new keys: no other order and nothing between (RFC 5246 §7.1, §7.4.9).</summary>
    private static async ValueTask ReadFinishedAsync(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, Transcript transcript, Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        await channel.ReadChangeCipherSpecAsync(cancellationToken);
        channel.SetReadKeys(secrets.RecordKeys.OfClient(choice.Suite.Suite, choice.EncryptThenMac));
        // A bad RSA premaster shows here for the first time, as a record that does not open: bad_record_mac (attack 7).
        var message = await channel.ReadMessageAsync(cancellationToken);
        var verifyData = Finished.Parse(message, VerifyData.Size);
        if (!await secrets.VerifyClientFinishedAsync(transcript.CurrentHash(), verifyData, cancellationToken))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, "The client's Finished is wrong.");
        transcript.Append(message);
    }

    private static async ValueTask SendFinishedAsync(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, Transcript transcript, Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        var verifyData = await secrets.ServerFinishedAsync(transcript.CurrentHash(), cancellationToken);
        channel.WriteChangeCipherSpec();
        channel.SetWriteKeys(secrets.RecordKeys.OfServer(choice.Suite.Suite, choice.EncryptThenMac));
        Send(channel, transcript, Finished.Encode(verifyData.Span));
    }

    private static void Send(HandshakeChannel channel, Transcript transcript, HandshakeMessage message)
    {
        transcript.Append(message);
        channel.WriteMessage(message);
    }

    private static HandshakeFacts Facts(HandshakeStart start, Tls12Choice choice) => new()
    {
        Crypto = start.Options.Crypto,
        TimeProvider = start.Options.TimeProvider,
        ClientHello = start.Hello,
        Certificate = choice.Certificate,
        ServerName = start.Hello.ServerName,
        EndPoints = start.EndPoints,
        CipherSuite = choice.Suite.Suite,
        EncryptThenMac = choice.EncryptThenMac,
        // RFC 8446 §4.1.3: a client that offered TLS 1.3 sees that somebody took it away. Only a site that has TLS 1.3 says so.
        Sentinel = start.Site.MaxVersion >= TlsVersion.Tls13 ? DowngradeSentinel.Tls12 : DowngradeSentinel.None,
        Observer = start.Observer,
    };

    private static TlsHandshakeInfo Info(HandshakeStart start, Tls12Choice choice, IReadOnlyList<ReadOnlyMemory<byte>> client) => new()
    {
        Version = TlsVersion.Tls12,
        CipherSuite = choice.Suite.Suite,
        Group = choice.Signed?.Group,
        SignatureScheme = choice.Signed?.Scheme,
        ServerName = start.Hello.ServerName,
        ApplicationProtocol = choice.ApplicationProtocol,
        ClientCertificates = client,
        Site = start.Site,
        Certificate = choice.Certificate,
    };
}
