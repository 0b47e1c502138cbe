using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls12;

/// <summary>ChangeCipherSpec and Finished, each way; full handshakes read first, abbreviated ones send first (RFC 5246 §7.3).</summary>
internal static class FinishedExchange
{
    /// <summary>ChangeCipherSpec, then Finished under the new keys: no other order and nothing between (RFC 5246 §7.1, §7.4.9).</summary>
    public static async ValueTask ReadAsync(HandshakeChannel channel, Transcript transcript, CipherSuite suite, bool encryptThenMac, Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        await channel.ReadChangeCipherSpecAsync(cancellationToken);
        channel.SetReadKeys(secrets.RecordKeys.OfClient(suite, encryptThenMac));
        // A bad RSA premaster shows here for the first time, as a record that does not open: bad_record_mac (attack 7).
        var message = await channel.ReadMessageAsync(cancellationToken);
        var verifyData = Finished.Parse(message, VerifyData.Size);
        if (!await secrets.VerifyClientFinishedAsync(transcript.CurrentHash(), verifyData, cancellationToken))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, "The client's Finished is wrong.");
        transcript.Append(message);
    }

    /// <summary>ChangeCipherSpec and Finished, not flushed.</summary>
    public static async ValueTask WriteAsync(HandshakeChannel channel, Transcript transcript, CipherSuite suite, bool encryptThenMac, Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        var verifyData = await secrets.ServerFinishedAsync(transcript.CurrentHash(), cancellationToken);
        channel.WriteChangeCipherSpec();
        channel.SetWriteKeys(secrets.RecordKeys.OfServer(suite, encryptThenMac));
        var message = Finished.Encode(verifyData.Span);
        transcript.Append(message);
        channel.WriteMessage(message);
    }
}
