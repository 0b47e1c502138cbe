using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.Relay;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>Latchkey's operation 4D: goes on with a relayed handshake, on the connection that began it (attack 24).</summary>
internal sealed class ContinueHandshake : KeyOperation
{
    public override string Name => "continue_handshake";

    /// <summary>The key is the handshake's own, whatever the request says and even if it has been taken from the key server since.</summary>
    public override KeylessError? FindKey(in KeylessItems items, HandshakeTable handshakes, out StoredKey? key)
    {
        key = null;
        if (!ContinueHandshakeRequest.TryRead(items.Payload, out var request))
            return KeylessError.Malformed;
        key = handshakes.LeaseKey(request.Handshake);
        return KeylessError.HandshakeUnknown;
    }

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.Relay | KeyOperations.HandOver, KeyCustody.Handshake, Continues: true);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        ContinueHandshakeRequest.TryRead(items.Payload, out var request)
        && HandshakeTranscript.TrySplit(request.Message, out var messages) && messages.Count <= 1
            ? KeylessError.None
            : KeylessError.Malformed;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!ContinueHandshakeRequest.TryRead(items.Payload, out var request) || !HandshakeTranscript.TrySplit(request.Message, out var messages))
            return OperationResult.Failed(KeylessError.Malformed);
        if (lease.Handshakes.Take(request.Handshake) is not { } handshake)
            return OperationResult.Failed(KeylessError.HandshakeUnknown);
        if (messages is [var message])
            return ConductedStep.Take(lease, handshake, engine => engine.Continue(message));
        lease.Handshakes.End(handshake, "abandoned");
        return OperationResult.Of([]);
    }
}
