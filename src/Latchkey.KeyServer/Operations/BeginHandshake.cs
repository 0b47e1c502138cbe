using System.Text;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.Relay;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Relay;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>Latchkey's operation 4C: begins a handshake that is conducted here and relayed by the edge (K6, K7, R11).</summary>
internal sealed class BeginHandshake : KeyOperation
{
    public override string Name => "begin_handshake";

    /// <summary>The name in the relayed hello, which enters the transcript; what the edge says beside it does not count (attack 21).</summary>
    public override ReadOnlySpan<byte> ServerName(in KeylessItems items)
    {
        if (!BeginHandshakeRequest.TryRead(items.Payload, out var request) || !HandshakeTranscript.TrySplit(request.ClientHello, out var messages) || messages is not [var hello])
            return default;
        try
        {
            return Encoding.ASCII.GetBytes(ClientHello.Parse(hello).ServerName ?? "");
        }
        catch (TlsException)
        {
            return default; // the engine will say so to the client
        }
    }

    public override KeyDemand Demand(in KeylessItems items) => BeginHandshakeRequest.TryRead(items.Payload, out var request) && request.HandsOver
        ? new(KeyOperations.HandOver, KeyCustody.MasterSecret)
        : new(KeyOperations.Relay, KeyCustody.Handshake);

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!BeginHandshakeRequest.TryRead(items.Payload, out var request) || !HandshakeTranscript.TrySplit(request.ClientHello, out var messages) || messages is not [{ Type: HandshakeType.ClientHello }])
            return KeylessError.Malformed;
        return RelayedSite.IsCertificateOf(key, request) ? KeylessError.None : KeylessError.KeyNotFound;
    }

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!BeginHandshakeRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        var key = new RelayedHandshakeKey(lease.Key, services.Verify);
        var site = RelayedSite.Create(request, key, lease, services);
        if (!lease.Handshakes.TryReserve())
            return OperationResult.Failed(KeylessError.Overloaded);
        if (!lease.Key.Origin.TryLease())
            throw new InvalidOperationException("A key that is leased cannot be leased again.");
        var options = new TlsServerOptions { Sites = new SiteTable([], site), Crypto = services.Crypto, TimeProvider = services.Time };
        var handshake = lease.Handshakes.Begin(lease.Key.Origin, new ConductedHandshake(options, site, TlsEndPoints.None, request.HandsOver), key);
        var hello = new HandshakeMessage(request.ClientHello.ToArray());
        return ConductedStep.Take(lease, handshake, engine => engine.Begin(hello));
    }
}
