using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls12;

/// <summary>The server's side of a resumption, RFC 5246 §7.3 and RFC 5077 §3.1: one flight of ours, one of the client's, no private key.</summary>
internal static class AbbreviatedHandshake
{
    /// <summary>From the ServerHello to the client's Finished; leaves the session's keys set on the channel.</summary>
    /// <param name="resumption">With a session; disposed by the caller.</param>
    /// <returns>The client's certificates, of the session.</returns>
    public static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RunAsync(HandshakeChannel channel, HandshakeStart start, Resumption resumption, CancellationToken cancellationToken)
    {
        var session = resumption.Session!;
        // RFC 8449 §4: negotiated anew at each resumption.
        if (start.Hello.RecordSizeLimit is { } limit)
            channel.SetMaxPlaintextSize(limit);
        using var transcript = new Transcript(start.Options.Crypto, session.Facts.CipherSuite.Digest());
        transcript.Append(start.HelloMessage);
        Send(channel, transcript, session.ServerHello);
        // RFC 5077 §3.3: before ChangeCipherSpec, and part of what Finished covers.
        if (resumption.IsRenewed)
            Send(channel, transcript, NewSessionTicket12.Encode(session.Facts, session.Secrets.Ticket.Span));
        if (HandOver.Try(channel, session))
            return session.Facts.ClientCertificates;
        await FinishedExchange.WriteAsync(channel, transcript, session.Facts.CipherSuite, session.Facts.EncryptThenMac, session.Secrets, cancellationToken);
        await channel.FlushAsync(cancellationToken);
        await FinishedExchange.ReadAsync(channel, transcript, session.Facts.CipherSuite, session.Facts.EncryptThenMac, session.Secrets, cancellationToken);
        return session.Facts.ClientCertificates;
    }

    private static void Send(HandshakeChannel channel, Transcript transcript, HandshakeMessage message)
    {
        transcript.Append(message);
        channel.WriteMessage(message);
    }
}
