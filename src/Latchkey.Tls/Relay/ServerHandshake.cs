using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.Relay;

/// <summary>
/// The edge's side of a handshake that is conducted elsewhere (catalogue K6, K7): passes the client's messages on, and does to the connection what comes back.
/// </summary>
internal static class ServerHandshake
{
    /// <summary>From the ClientHello to the last Finished; leaves the application keys set on the channel.</summary>
    public static async ValueTask<TlsHandshakeInfo> RunAsync(HandshakeChannel channel, HandshakeStart start, HandshakeRelay relay, CancellationToken cancellationToken)
    {
        var certificate = ChooseCertificate(start);
        using var transcript = new RelayedTranscript(start);
        var client = new RelayedClientCertificate(start);
        var version = TlsVersion.Tls12;
        using var handshake = await BeginAsync(start, relay, certificate, cancellationToken);
        var reply = handshake.TakeFirstReply();
        while (true)
        {
            using var _ = reply;
            foreach (var step in reply.Steps)
            {
                version = step is VersionStep settled ? settled.Version : version;
                await ApplyAsync(step, channel, transcript, cancellationToken);
                step.Zero();
            }

            switch (reply.Outcome)
            {
                case AwaitsMessage:
                    var message = await channel.ReadMessageAsync(cancellationToken);
                    transcript.Append(message);
                    client.Passes(message, version);
                    reply = await ContinueAsync(start, handshake, message, cancellationToken);
                    if (reply.Outcome is not Failed)
                        await client.GoesOnAfterAsync(message, cancellationToken);
                    continue;
                case HandedOver handOver:
                    client.Require(handOver.Agreement);
                    await FinishedHere.ExchangeAsync(channel, start, handOver.Finish, transcript.Take(handOver.Finish.CipherSuite), cancellationToken);
                    return Info(start, certificate, client, handOver.Agreement);
                case Agreed agreed:
                    client.Require(agreed.Agreement);
                    return Info(start, certificate, client, agreed.Agreement);
                case Failed failed:
                    throw failed.ToException();
            }
        }
    }

    /// <summary>
    /// With one certificate the conductor settles everything. Where there are several, their keys may lie with different key servers (I5), so the
    /// choice is made here, by the rules by which the conductor negotiates.
    /// </summary>
    private static TlsCertificate ChooseCertificate(HandshakeStart start)
    {
        if (start.Site.Certificates is [var only])
            return only;
        return VersionNegotiation.Choose(start.Hello, start.Site) == TlsVersion.Tls13
            // None that the client can verify: the conductor has the alert for that.
            ? CertificateChoice.Choose13(start.Hello, start.Site)?.Certificate ?? start.Site.Certificates[0]
            : Tls12Choice.Choose(start.Hello, start.Site, start.Options.Crypto).Certificate;
    }

    private static async ValueTask<RelayedHandshake> BeginAsync(HandshakeStart start, HandshakeRelay relay, TlsCertificate certificate, CancellationToken cancellationToken)
    {
        var started = start.Options.TimeProvider.GetTimestamp();
        var hello = new RelayedHello { Message = start.HelloMessage, Hello = start.Hello, Site = start.Site, Certificate = certificate, EndPoints = start.EndPoints };
        var handshake = await relay.BeginAsync(hello, cancellationToken);
        start.Observer?.KeyOperation("begin handshake", start.Options.TimeProvider.GetElapsedTime(started));
        return handshake;
    }

    private static async ValueTask<RelayReply> ContinueAsync(HandshakeStart start, RelayedHandshake handshake, HandshakeMessage message, CancellationToken cancellationToken)
    {
        var started = start.Options.TimeProvider.GetTimestamp();
        var reply = await handshake.ContinueAsync(message, cancellationToken);
        start.Observer?.KeyOperation("continue handshake", start.Options.TimeProvider.GetElapsedTime(started));
        return reply;
    }

    private static ValueTask ApplyAsync(RelayStep step, HandshakeChannel channel, RelayedTranscript transcript, CancellationToken cancellationToken)
    {
        if (step is MessageStep sent)
            transcript.Append(sent.Message);
        try
        {
            return step.ApplyAsync(channel, cancellationToken);
        }
        catch (Exception e) when (e is ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new KeyHolderFailedException($"The conductor of the handshake sent a {step.GetType().Name} that cannot be used: {e.Message}", e);
        }
    }

    private static TlsHandshakeInfo Info(HandshakeStart start, TlsCertificate certificate, RelayedClientCertificate client, RelayedAgreement agreement) => new()
    {
        Version = agreement.Version,
        CipherSuite = agreement.CipherSuite,
        Group = agreement.Group,
        SignatureScheme = agreement.SignatureScheme,
        ServerName = start.Hello.ServerName,
        ApplicationProtocol = agreement.ApplicationProtocol,
        Resumed = agreement.Resumed,
        Resumption = agreement.Resumption,
        ClientCertificates = client.Chain,
        Site = start.Site,
        Certificate = certificate,
    };
}
