using Latchkey.Tls.Custodies;
using Latchkey.Tls.Relay;

namespace Latchkey.Tls.Tls12;

/// <summary>
/// Where a handshake that is relayed to an edge with the master secret ends for whoever conducts it: before the Finished messages (F1, R11; claim 1 of US 10,033,529).
/// </summary>
internal static class HandOver
{
    /// <summary>Of a full handshake. The session is kept before the client has proven anything; what it proves itself with at a resumption is the master secret.</summary>
    /// <returns>false: the handshake goes on here.</returns>
    public static async ValueTask<bool> TryAsync(HandshakeChannel channel, NewSession session, Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        if (!channel.ExchangesFinished || secrets.MasterSecret is not { } master)
            return false;
        var ticket = await session.KeepAsync(secrets, cancellationToken);
        channel.HandOver(new Tls12HandOver(session.Facts.CipherSuite, session.Facts.EncryptThenMac, master, secrets.RecordKeys, ServerFirst: false, ticket));
        return true;
    }

    /// <summary>Of a resumption; a renewed ticket has gone out before.</summary>
    /// <returns>false: the handshake goes on here.</returns>
    public static bool Try(HandshakeChannel channel, Tls12ResumedSession session)
    {
        if (!channel.ExchangesFinished || session.Secrets.MasterSecret is not { } master)
            return false;
        channel.HandOver(new Tls12HandOver(session.Facts.CipherSuite, session.Facts.EncryptThenMac, master, session.Secrets.RecordKeys, ServerFirst: true, Ticket: null));
        return true;
    }
}
