using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tls13;

/// <summary>The server's side of a TLS 1.3 full handshake, RFC 8446 §2 and §4, in the order in which it happens.</summary>
internal static class ServerHandshake
{
    /// <summary>From the ClientHello to the client's Finished; leaves the application keys set on the channel.</summary>
    public static async ValueTask<TlsHandshakeInfo> RunAsync(HandshakeChannel channel, HandshakeStart start, CancellationToken cancellationToken)
    {
        ClientHelloRules.Check(start.Hello);
        var choice = Tls13Choice.Make(start);
        using var hello = await SettleKeyShareAsync(channel, start, choice, cancellationToken);
        using var holder = choice.Certificate.Custody.BeginTls13(Facts(start, choice, hello.ClientHello));
        var parameters = Parameters(start, choice);
        using (var answer = await AnswerAsync(start, choice, hello, parameters, holder, cancellationToken))
        {
            SendServerHello(channel, choice, hello, answer);
            SendParameters(channel, start, hello.Transcript, parameters);
            SendAuthentication(channel, choice, hello.Transcript, answer);
            await channel.FlushAsync(cancellationToken);
            var client = await ClientCertificateFlight.ReadAsync(channel, start, hello.Transcript, cancellationToken);
            await ReadFinishedAsync(channel, choice, hello.Transcript, holder, cancellationToken);
            channel.SetReadKeys(new Tls13TrafficKeys { Suite = choice.Suite, TrafficSecret = answer.Answer.ClientTraffic });
            return Info(start, choice, client);
        }
    }

    /// <summary>Finds the client's share of the chosen group; where there is none, asks for it, once (RFC 8446 §4.1.4).</summary>
    private static async ValueTask<SettledHello> SettleKeyShareAsync(HandshakeChannel channel, HandshakeStart start, Tls13Choice choice, CancellationToken cancellationToken)
    {
        if (start.Hello.EarlyData)
            channel.SkipEarlyData();
        var transcript = new Transcript(start.Options.Crypto, choice.Suite.Digest());
        transcript.Append(start.HelloMessage);
        if (GroupPreference.FindShare(start.Hello, choice.Group) is { } share)
            return new SettledHello(start.Hello, share, transcript, WasRetried: false);

        using (transcript)
        {
            var retry = HelloRetryRequest.Encode(start.Hello.SessionId.Span, choice.Suite, choice.Group);
            var retried = transcript.ReplacedByMessageHash();
            retried.Append(retry);
            channel.WriteMessage(retry);
            SendCompatibilityChangeCipherSpec(channel, start.Hello);
            await channel.FlushAsync(cancellationToken);
            var message = await channel.ReadMessageAsync(cancellationToken);
            var second = ClientHello.Parse(message);
            SecondClientHello.Check(start.Hello, second, choice.Group);
            retried.Append(message);
            return new SettledHello(second, second.KeyShares![0].KeyExchange, retried, WasRetried: true);
        }
    }

    /// <summary>EncryptedExtensions, CertificateRequest where the site asks for one, and Certificate.</summary>
    private static HandshakeMessage[] Parameters(HandshakeStart start, Tls13Choice choice) =>
    [
        EncryptedExtensions.Encode(choice.ApplicationProtocol, start.Hello.ServerName is not null, start.Hello.RecordSizeLimit is not null),
        .. start.Site.ClientCertificates is { } asked ? new[] { CertificateRequest.Encode13(asked) } : [],
        CertificateMessage.Encode13(choice.Certificate.Chain),
    ];

    /// <summary>Everything that needs a secret, from the holder of the key in one step.</summary>
    private static async ValueTask<Answered> AnswerAsync(HandshakeStart start, Tls13Choice choice, SettledHello hello, HandshakeMessage[] parameters, Tls13KeyHolder holder, CancellationToken cancellationToken)
    {
        var prefix = ServerHello13.EncodePrefix(RandomNumberGenerator.GetBytes(32), hello.ClientHello.SessionId.Span, choice.Suite, choice.Group);
        var question = new Tls13Question
        {
            Group = choice.Group,
            ClientShare = hello.ClientShare,
            Transcript = hello.Transcript,
            ServerHelloPrefix = prefix,
            Parameters = parameters,
            Scheme = choice.Scheme,
            AsksForClientCertificate = start.Site.ClientCertificates is not null,
        };
        var answer = await holder.AnswerAsync(question, cancellationToken)
            ?? throw new KeyHolderFailedException("The holder of the key declined a handshake without a pre-shared key.");
        return new Answered(ServerHello13.Complete(prefix, answer.ServerShare.Span), answer);
    }

    private static void SendServerHello(HandshakeChannel channel, Tls13Choice choice, SettledHello hello, Answered answered)
    {
        Send(channel, hello.Transcript, answered.ServerHello);
        if (!hello.WasRetried)
            SendCompatibilityChangeCipherSpec(channel, hello.ClientHello);
        channel.SetReadKeys(new Tls13TrafficKeys { Suite = choice.Suite, TrafficSecret = answered.Answer.ClientHandshakeTraffic });
        channel.SetWriteKeys(new Tls13TrafficKeys { Suite = choice.Suite, TrafficSecret = answered.Answer.ServerHandshakeTraffic });
    }

    private static void SendParameters(HandshakeChannel channel, HandshakeStart start, Transcript transcript, HandshakeMessage[] parameters)
    {
        // RFC 8449 §4: in TLS 1.3 the limit counts the byte of the content type.
        if (start.Hello.RecordSizeLimit is { } limit)
            channel.SetMaxPlaintextSize(limit - 1);
        foreach (var message in parameters)
            Send(channel, transcript, message);
    }

    /// <summary>CertificateVerify and Finished; then writes under application keys.</summary>
    private static void SendAuthentication(HandshakeChannel channel, Tls13Choice choice, Transcript transcript, Answered answered)
    {
        Send(channel, transcript, CertificateVerify.Encode(choice.Scheme, answered.Answer.Signature.Span));
        Send(channel, transcript, Finished.Encode(answered.Answer.VerifyData.Span));
        channel.SetWriteKeys(new Tls13TrafficKeys { Suite = choice.Suite, TrafficSecret = answered.Answer.ServerTraffic });
    }

    private static async ValueTask ReadFinishedAsync(HandshakeChannel channel, Tls13Choice choice, Transcript transcript, Tls13KeyHolder holder, CancellationToken cancellationToken)
    {
        var message = await channel.ReadMessageAsync(cancellationToken);
        var verifyData = Finished.Parse(message, choice.Suite.Digest().SizeInBytes());
        // RFC 8446 §4.4.4: "Recipients of Finished messages MUST verify that the contents are correct and if incorrect MUST
        // terminate the connection with a "decrypt_error" alert."
        if (!await holder.VerifyClientFinishedAsync(transcript, verifyData, cancellationToken))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, "The client's Finished is wrong.");
    }

    /// <summary>RFC 8446 §D.4: after the server's first message, where the client runs in compatibility mode.</summary>
    private static void SendCompatibilityChangeCipherSpec(HandshakeChannel channel, ClientHello hello)
    {
        if (hello.SessionId.Length > 0)
            channel.WriteChangeCipherSpec();
    }

    private static void Send(HandshakeChannel channel, Transcript transcript, HandshakeMessage message)
    {
        transcript.Append(message);
        channel.WriteMessage(message);
    }

    private static HandshakeFacts Facts(HandshakeStart start, Tls13Choice choice, ClientHello hello) => new()
    {
        Crypto = start.Options.Crypto,
        TimeProvider = start.Options.TimeProvider,
        ClientHello = hello,
        Certificate = choice.Certificate,
        ServerName = hello.ServerName,
        EndPoints = start.EndPoints,
        CipherSuite = choice.Suite,
        Sentinel = DowngradeSentinel.None,
        Observer = start.Observer,
    };

    private static TlsHandshakeInfo Info(HandshakeStart start, Tls13Choice choice, IReadOnlyList<ReadOnlyMemory<byte>> client) => new()
    {
        Version = TlsVersion.Tls13,
        CipherSuite = choice.Suite,
        Group = choice.Group,
        SignatureScheme = choice.Scheme,
        ServerName = start.Hello.ServerName,
        ApplicationProtocol = choice.ApplicationProtocol,
        ClientCertificates = client,
        Site = start.Site,
        Certificate = choice.Certificate,
    };

    /// <summary>The holder's answer, and the ServerHello it completes.</summary>
    private sealed record Answered(HandshakeMessage ServerHello, Tls13Answer Answer) : IDisposable
    {
        public void Dispose() => Answer.Dispose();
    }

    /// <summary>The hello that counts, the share in it, and the transcript that ends with it.</summary>
    private sealed record SettledHello(ClientHello ClientHello, ReadOnlyMemory<byte> ClientShare, Transcript Transcript, bool WasRetried) : IDisposable
    {
        public void Dispose() => Transcript.Dispose();
    }
}
