using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tls13;

/// <summary>The server's side of a TLS 1.3 handshake, RFC 8446 §2 and §4, in the order in which it happens.</summary>
internal static class ServerHandshake
{
    /// <summary>From the ClientHello to the client's Finished; leaves the application keys set on the channel. Where early data is accepted the reading side
    /// is left to see to the client's Finished (<see cref="EarlyDataPhase"/>).</summary>
    public static async ValueTask<TlsHandshakeInfo> RunAsync(HandshakeChannel channel, HandshakeStart start, CancellationToken cancellationToken)
    {
        ClientHelloRules.Check(start.Hello);
        var choice = Tls13Choice.Make(start);
        var hello = await SettleKeyShareAsync(channel, start, choice, cancellationToken);
        var keys = new PreSharedKeyChoice(start, choice, hello, channel.OutlivesHandshake);
        var flight = await keys.TryAsync(cancellationToken) ?? await AuthenticateByCertificateAsync(start, choice, hello, cancellationToken);
        var info = Info(start, choice, flight) with { Resumption = keys.Attempt };
        if (flight.Plan.AcceptsEarlyData)
            return await DeliverEarlyDataAsync(channel, start, choice, hello, flight, info, cancellationToken);
        using (flight)
        {
            await SendAsync(channel, start, hello, flight, flight.Answer.ClientHandshakeTraffic, cancellationToken);
            if (flight.Plan.Identity is null)
                info = info with { ClientCertificates = await ClientCertificateFlight.ReadAsync(channel, start, flight.Transcript, cancellationToken) };
            await ReadFinishedAsync(channel, flight, cancellationToken);
            await SendTicketsAsync(channel, start, choice, flight, info, cancellationToken);
            return info;
        }
    }

    /// <summary>Finds the client's share of the chosen group; where there is none, asks for it, once (RFC 8446 §4.1.4).</summary>
    private static async ValueTask<SettledHello> SettleKeyShareAsync(HandshakeChannel channel, HandshakeStart start, Tls13Choice choice, CancellationToken cancellationToken)
    {
        if (GroupPreference.FindShare(start.Hello, choice.Group) is { } share)
            return new SettledHello(start.Hello, share, [start.HelloMessage], WasRetried: false);

        if (start.Hello.EarlyData)
            channel.SkipEarlyData();
        var retry = HelloRetryRequest.Encode(start.Hello.SessionId.Span, choice.Suite, choice.Group);
        channel.WriteMessage(retry);
        SendCompatibilityChangeCipherSpec(channel, start.Hello);
        await channel.FlushAsync(cancellationToken);
        var message = await channel.ReadMessageAsync(cancellationToken);
        var second = ClientHello.Parse(message);
        SecondClientHello.Check(start.Hello, second, choice.Group);
        using var first = new Transcript(start.Options.Crypto, choice.Suite.Digest());
        first.Append(start.HelloMessage);
        return new SettledHello(second, second.KeyShares![0].KeyExchange, [first.ToMessageHash(), retry, message], WasRetried: true);
    }

    /// <summary>The full handshake.</summary>
    private static async ValueTask<ServerFlight> AuthenticateByCertificateAsync(HandshakeStart start, Tls13Choice choice, SettledHello hello, CancellationToken cancellationToken)
    {
        var (certificate, scheme) = choice.RequireCertificate(hello.ClientHello);
        // Not before it is used: a HelloRetryRequest may have taken the time that it had left.
        var delegated = DelegatedCredentialChoice.Choose(hello.ClientHello, start.Site, certificate);
        var plan = new FlightPlan
        {
            Suite = choice.Suite,
            Holder = (delegated?.Custody ?? certificate.Custody).BeginTls13(hello.Facts(start, choice.Suite, certificate) with { Delegated = delegated }),
            Scheme = delegated?.Credential.Scheme ?? scheme,
            Certificate = certificate,
            Delegated = delegated,
            MakesTickets = true,
        };
        return await ServerFlight.AskAsync(start, choice, hello, plan, cancellationToken)
            ?? throw new KeyHolderFailedException("The holder of the key declined a handshake without a pre-shared key.");
    }

    /// <summary>Sends the flight; reads under <paramref name="clientTraffic"/> from then on.</summary>
    private static async ValueTask SendAsync(HandshakeChannel channel, HandshakeStart start, SettledHello hello, ServerFlight flight, SecretBytes clientTraffic, CancellationToken cancellationToken)
    {
        var (suite, answer) = (flight.Plan.Suite, flight.Answer);
        Send(channel, flight, flight.ServerHello);
        if (!hello.WasRetried)
            SendCompatibilityChangeCipherSpec(channel, hello.ClientHello);
        if (hello.ClientHello.EarlyData && !flight.Plan.AcceptsEarlyData)
            channel.SkipEarlyData();
        channel.SetReadKeys(new Tls13TrafficKeys { Suite = suite, TrafficSecret = clientTraffic });
        channel.SetWriteKeys(new Tls13TrafficKeys { Suite = suite, TrafficSecret = answer.ServerHandshakeTraffic });
        // RFC 8449 §4: in TLS 1.3 the limit counts the byte of the content type.
        if (start.Hello.RecordSizeLimit is { } limit)
            channel.SetMaxPlaintextSize(limit - 1);
        foreach (var message in flight.Parameters)
            Send(channel, flight, message);
        if (flight.Plan.Scheme is { } scheme)
            Send(channel, flight, CertificateVerify.Encode(scheme, answer.Signature.Span));
        Send(channel, flight, Finished.Encode(answer.VerifyData.Span));
        channel.SetWriteKeys(new Tls13TrafficKeys { Suite = suite, TrafficSecret = answer.ServerTraffic });
        await channel.FlushAsync(cancellationToken);
    }

    private static async ValueTask ReadFinishedAsync(HandshakeChannel channel, ServerFlight flight, CancellationToken cancellationToken)
    {
        var message = await channel.ReadMessageAsync(cancellationToken);
        var verifyData = Finished.Parse(message, flight.Plan.Suite.Digest().SizeInBytes());
        // RFC 8446 §4.4.4: "Recipients of Finished messages MUST verify that the contents are correct and if incorrect MUST
        // terminate the connection with a "decrypt_error" alert."
        if (!await flight.Plan.Holder.VerifyClientFinishedAsync(flight.Transcript, verifyData, cancellationToken))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, "The client's Finished is wrong.");
        flight.Transcript.Append(message);
        channel.SetReadKeys(new Tls13TrafficKeys { Suite = flight.Plan.Suite, TrafficSecret = flight.Answer.ClientTraffic });
    }

    /// <summary>At once where they are made at once; the application waits for no other.</summary>
    private static async ValueTask SendTicketsAsync(HandshakeChannel channel, HandshakeStart start, Tls13Choice choice, ServerFlight flight, TlsHandshakeInfo info, CancellationToken cancellationToken)
    {
        var making = NewSessionTickets.MakeAsync(start, choice, flight, info.ClientCertificates, channel.OutlivesHandshake ? CancellationToken.None : cancellationToken);
        if (!making.IsCompleted && channel.OutlivesHandshake)
        {
            _ = channel.OweWhenMadeAsync(making);
            return;
        }

        var tickets = await making;
        foreach (var ticket in tickets)
            channel.WriteMessage(ticket);
        if (tickets.Count > 0)
            await channel.FlushAsync(cancellationToken);
    }

    private static async ValueTask<TlsHandshakeInfo> DeliverEarlyDataAsync(HandshakeChannel channel, HandshakeStart start, Tls13Choice choice, SettledHello hello, ServerFlight flight, TlsHandshakeInfo info, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(channel, start, hello, flight, flight.Answer.ClientEarlyTraffic!, cancellationToken);
            channel.DeliverEarlyData(new EarlyDataPhase(channel, start, choice, flight, flight.Answer.Resumed!.MaxEarlyData));
            return info;
        }
        catch
        {
            flight.Dispose();
            throw;
        }
    }

    /// <summary>RFC 8446 §D.4: after the server's first message, where the client runs in compatibility mode.</summary>
    private static void SendCompatibilityChangeCipherSpec(HandshakeChannel channel, ClientHello hello)
    {
        if (hello.SessionId.Length > 0)
            channel.WriteChangeCipherSpec();
    }

    private static void Send(HandshakeChannel channel, ServerFlight flight, HandshakeMessage message)
    {
        flight.Transcript.Append(message);
        channel.WriteMessage(message);
    }

    private static TlsHandshakeInfo Info(HandshakeStart start, Tls13Choice choice, ServerFlight flight) => new()
    {
        Version = TlsVersion.Tls13,
        CipherSuite = flight.Plan.Suite,
        Group = choice.Group,
        SignatureScheme = flight.Plan.Scheme,
        ServerName = start.Hello.ServerName,
        ApplicationProtocol = choice.ApplicationProtocol,
        Resumed = flight.Answer.Resumed,
        ClientCertificates = flight.Answer.Resumed?.ClientCertificates ?? [],
        Site = start.Site,
        Certificate = flight.Plan.Certificate,
        DelegatedCredential = flight.Plan.Delegated?.Credential,
    };
}
