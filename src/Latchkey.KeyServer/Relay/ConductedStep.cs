using Latchkey.KeyServer.Operations;
using Latchkey.Tls.Relay;

namespace Latchkey.KeyServer.Relay;

/// <summary>
/// One turn of a relayed handshake on a worker: the engine runs until it needs the client's next message; then the handshake waits in its table, or is over.
/// </summary>
internal static class ConductedStep
{
    /// <param name="lease">The question's.</param>
    /// <param name="handshake">Out of its table; disposed here unless it is back there.</param>
    public static OperationResult Take(KeyLease lease, HandshakeUnderWay handshake, Func<ConductedHandshake, RelayReply> turn)
    {
        var outcome = "failed";
        var waits = false;
        try
        {
            handshake.Use.Begin(lease.Key);
            using var reply = turn(handshake.Engine);
            var result = OperationResult.Of(RelayReplyEncoding.Encode(handshake.Number, reply)) with { Digest = handshake.Use.TakeDigest() };
            outcome = NameOf(reply.Outcome);
            waits = reply.Outcome is AwaitsMessage;
            return result;
        }
        finally
        {
            handshake.Use.End();
            if (waits)
                lease.Handshakes.Wait(handshake);
            else
                lease.Handshakes.End(handshake, outcome);
        }
    }

    private static string NameOf(RelayOutcome outcome) => outcome switch
    {
        Failed => "alert",
        HandedOver => "handed_over",
        _ => "agreed",
    };
}
