using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tls12;

/// <summary>The server's side of a TLS 1.2 handshake, RFC 5246 §7.3, in the order in which it happens.</summary>
internal static class ServerHandshake
{
    /// <summary>From the ClientHello to the server's Finished; leaves the session's keys set on the channel.</summary>
    public static async ValueTask<TlsHandshakeInfo> RunAsync(HandshakeChannel channel, HandshakeStart start, CancellationToken cancellationToken)
    {
        var choice = Tls12Choice.Choose(start.Hello, start.Site, start.Options.Crypto);
        ClientHelloRules.Check(start.Hello, choice);
        using var resumption = await Resumption.TryAsync(start, choice, cancellationToken);
        var client = resumption.Session is null
            ? await RunFullAsync(channel, start, choice, cancellationToken)
            : await AbbreviatedHandshake.RunAsync(channel, start, resumption, cancellationToken);
        return Info(start, choice, resumption, client);
    }

    /// <returns>The client's certificates.</returns>
    private static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RunFullAsync(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, CancellationToken cancellationToken)
    {
        using var transcript = new Transcript(start.Options.Crypto, choice.Suite.Digest);
        transcript.Append(start.HelloMessage);
        var session = NewSession.Plan(start, choice);
        using var holder = choice.PreSharedGroup is null ? choice.Certificate.Custody.BeginTls12(Facts(start, choice)) : new PreSharedTls12KeyHolder(start.Site.PreSharedKeys!, Facts(start, choice));
        SendServerHello(channel, start, choice, session, transcript, holder);
        await SendKeyExchangeAsync(channel, start, choice, transcript, holder, cancellationToken);
        await channel.FlushAsync(cancellationToken);
        using var client = await ClientCertificateFlight.ReadCertificateAsync(channel, start, Asked(start, choice), transcript, cancellationToken);
        var exchange = await ReadKeyExchangeAsync(channel, start, choice, transcript, cancellationToken);
        var identity = await ClientCertificateFlight.ReadVerifyAsync(channel, start, client, transcript, cancellationToken);
        session = session.Of(identity);
        using var secrets = await holder.AgreeAsync(exchange with { Session = session.ForHolder }, cancellationToken);
        if (await HandOver.TryAsync(channel, session, secrets, cancellationToken))
            return identity;
        await FinishedExchange.ReadAsync(channel, transcript, session.Facts.CipherSuite, session.Facts.EncryptThenMac, secrets, cancellationToken);
        // RFC 5077 §3.3: a ticket comes before ChangeCipherSpec, and Finished covers it.
        if (await session.KeepAsync(secrets, cancellationToken) is { } ticket)
            Send(channel, transcript, ticket);
        await FinishedExchange.WriteAsync(channel, transcript, session.Facts.CipherSuite, session.Facts.EncryptThenMac, secrets, cancellationToken);
        await channel.FlushAsync(cancellationToken);
        return identity;
    }

    /// <summary>ServerHello, and Certificate where there is no pre-shared key in its place.</summary>
    private static void SendServerHello(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, NewSession session, Transcript transcript, Tls12KeyHolder holder)
    {
        var hello = start.Hello;
        var extensions = ServerHello12Extensions.Answering(hello, choice.ApplicationProtocol) with
        {
            ServerName = hello.ServerName is not null,
            EcPointFormats = choice.Suite.KeyExchange == KeyExchangeMethod.Ecdhe && hello.EcPointFormats is not null,
            EncryptThenMac = choice.EncryptThenMac,
            SessionTicket = session.IsTicket,
        };
        // RFC 8449 §4: takes effect with the first protected record, yet keeping to it before that harms nobody.
        if (hello.RecordSizeLimit is { } limit)
            channel.SetMaxPlaintextSize(limit);
        Send(channel, transcript, ServerHello12.Encode(holder.ServerRandom.Span, session.Identifier.Span, choice.Suite.Suite, extensions));
        if (choice.PreSharedGroup is null)
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

        if (choice.PreSharedGroup is { } group)
        {
            var offer = await holder.OfferAsync(group, PreSharedTls12KeyHolder.Unsigned, cancellationToken);
            Send(channel, transcript, ServerKeyExchange.EncodePreShared(start.Site.PreSharedKeys!.IdentityHint.Span, offer.Parameters.Span));
        }

        if (Asked(start, choice) is { } asked)
            Send(channel, transcript, CertificateRequest.Encode12(asked));
        Send(channel, transcript, HandshakeMessage.Encode(HandshakeType.ServerHelloDone, []));
    }

    /// <summary>ClientKeyExchange, and what the secrets follow from.</summary>
    private static async ValueTask<Tls12Agreement> ReadKeyExchangeAsync(HandshakeChannel channel, HandshakeStart start, Tls12Choice choice, Transcript transcript, CancellationToken cancellationToken)
    {
        var message = await channel.ReadMessageAsync(cancellationToken);
        var (identity, clientValue) = choice.PreSharedGroup is null
            ? ((ReadOnlyMemory<byte>?)null, ClientKeyExchange.Parse(message, choice.Suite.KeyExchange))
            : ClientKeyExchange.ParsePreShared(message, choice.Suite.KeyExchange);
        transcript.Append(message);
        // RFC 7627 §3: the session hash covers everything through ClientKeyExchange. The cast is needed: "array or null" would
        // become an empty memory that is not null, and the derivation the wrong one.
        var sessionHash = start.Hello.ExtendedMasterSecret ? (ReadOnlyMemory<byte>?)transcript.CurrentHash() : null;
        return new Tls12Agreement { ClientValue = clientValue, PreSharedKeyIdentity = identity, SessionHash = sessionHash, Transcript = transcript };
    }

    /// <summary>RFC 4279 §2: with a pre-shared key there is no CertificateRequest; the key says who the client is.</summary>
    private static ClientCertificates? Asked(HandshakeStart start, Tls12Choice choice) => choice.PreSharedGroup is null ? start.Site.ClientCertificates : null;

    private static void Send(HandshakeChannel channel, Transcript transcript, HandshakeMessage message)
    {
        transcript.Append(message);
        channel.WriteMessage(message);
    }

    /// <summary>What a custody is told.</summary>
    public static HandshakeFacts Facts(HandshakeStart start, Tls12Choice choice) => new()
    {
        Crypto = start.Options.Crypto,
        TimeProvider = start.Options.TimeProvider,
        ClientHello = start.Hello,
        Certificate = choice.Certificate,
        ServerName = start.Hello.ServerName,
        EndPoints = start.EndPoints,
        CipherSuite = choice.Suite.Suite,
        EncryptThenMac = choice.EncryptThenMac,
        Sentinel = Sentinel(start.Site),
        Observer = start.Observer,
    };

    /// <summary>RFC 8446 §4.1.3: a client that offered TLS 1.3 sees that somebody took it away. Only a site that has TLS 1.3 says so.</summary>
    public static DowngradeSentinel Sentinel(TlsSite site) => site.MaxVersion >= TlsVersion.Tls13 ? DowngradeSentinel.Tls12 : DowngradeSentinel.None;

    private static TlsHandshakeInfo Info(HandshakeStart start, Tls12Choice choice, Resumption resumption, IReadOnlyList<ReadOnlyMemory<byte>> client)
    {
        var resumed = resumption.Session?.Facts;
        var signed = resumed is null ? choice.Signed : null;
        return new TlsHandshakeInfo
        {
            Version = TlsVersion.Tls12,
            CipherSuite = resumed?.CipherSuite ?? choice.Suite.Suite,
            Group = signed?.Group ?? (resumed is null ? choice.PreSharedGroup : null),
            SignatureScheme = signed?.Scheme,
            ServerName = start.Hello.ServerName,
            ApplicationProtocol = choice.ApplicationProtocol,
            Resumed = resumed,
            Resumption = resumption.Attempt,
            ClientCertificates = client,
            Site = start.Site,
            Certificate = start.Site.Certificates.FirstOrDefault(certificate => resumed is not null && certificate.Fingerprint.Span.SequenceEqual(resumed.CertificateFingerprint.Span)) ?? choice.Certificate,
        };
    }
}
