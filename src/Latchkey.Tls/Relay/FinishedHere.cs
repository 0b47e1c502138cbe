using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Relay;

/// <summary>
/// The end of a TLS 1.2 handshake whose beginning was conducted elsewhere: ChangeCipherSpec and Finished of both sides, with a master secret that was handed over
/// (F1, R11; claim 1 of US 10,033,529).
/// </summary>
internal static class FinishedHere
{
    /// <summary>Leaves the session's keys set on the channel.</summary>
    /// <param name="finish">Its secrets are zeroed when this returns.</param>
    /// <param name="transcript">Through what the conductor sent last. Lent; goes on here.</param>
    public static async ValueTask ExchangeAsync(HandshakeChannel channel, HandshakeStart start, Tls12HandOver finish, Transcript transcript, CancellationToken cancellationToken)
    {
        using var secrets = new LocalTls12Secrets(start.Options.Crypto, finish.CipherSuite, finish.MasterSecret, finish.Keys);
        if (finish.ServerFirst)
        {
            await FinishedExchange.WriteAsync(channel, transcript, finish.CipherSuite, finish.EncryptThenMac, secrets, cancellationToken);
            await channel.FlushAsync(cancellationToken);
            await FinishedExchange.ReadAsync(channel, transcript, finish.CipherSuite, finish.EncryptThenMac, secrets, cancellationToken);
            return;
        }

        await FinishedExchange.ReadAsync(channel, transcript, finish.CipherSuite, finish.EncryptThenMac, secrets, cancellationToken);
        if (finish.Ticket is { } ticket)
        {
            transcript.Append(ticket);
            channel.WriteMessage(ticket);
        }

        await FinishedExchange.WriteAsync(channel, transcript, finish.CipherSuite, finish.EncryptThenMac, secrets, cancellationToken);
        await channel.FlushAsync(cancellationToken);
    }
}
