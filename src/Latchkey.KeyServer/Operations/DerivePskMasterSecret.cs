using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 4E: the master secret of a TLS 1.2 PSK suite (G4). The pre-shared key stays here, and there is no telling whether there is one: an unknown
/// identity, one that is not for this edge, and a wrong key all end where the client's Finished does not open (RFC 4279 §2).
/// </summary>
internal sealed class DerivePskMasterSecret : KeyOperation
{
    /// <summary>As long as a good key.</summary>
    private const int SubstituteSize = 32;

    public override string Name => "derive_psk_master_secret";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.PreSharedKeys, KeyCustody.MasterSecret);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        DerivePskMasterSecretRequest.TryRead(items.Payload, out var request) && SuiteOf(request) is not null ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override bool IsAskedOnce => true;

    public override ReadOnlySpan<byte> Nonce(in KeylessItems items) => DerivePskMasterSecretRequest.TryRead(items.Payload, out var request) ? request.ServerNonce : default;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!DerivePskMasterSecretRequest.TryRead(items.Payload, out var request) || SuiteOf(request) is not { } suite
            || Tls12Messages.TryRead(request.Messages, suite.Suite, request.ServerNonce, request.Sentinel, items) is not { } messages
            || TryReadIdentity(messages, suite) is not { } identity)
        {
            return OperationResult.Failed(KeylessError.Malformed);
        }

        using var key = services.PreSharedKeys.Find(identity.Span, lease.Edge, items.ServerName, lease.Key.NamePatterns) ?? SecretBytes.Random(SubstituteSize);
        using var otherSecret = SecretBytes.CopyOf(request.OtherSecret);
        using var premaster = PreSharedPremaster.Combine(otherSecret, key);
        var sessionHash = messages.HasExtendedMasterSecret ? (ReadOnlyMemory<byte>?)messages.SessionHash(services.Crypto, suite.Digest) : null;
        return OperationResult.Of(MasterSecret.Derive(
            services.Crypto, suite.Digest, premaster, messages.ClientHello.Random.Span, messages.ServerHello.Random.Span, sessionHash)) with
        {
            Digest = HandshakeDigest.Of(messages.ClientHello.Random.Span, messages.ServerHello.Random.Span),
        };
    }

    private static CipherSuiteFacts? SuiteOf(scoped in DerivePskMasterSecretRequest request) =>
        CipherSuiteFacts.Find((CipherSuite)request.Suite) is { Authentication: SuiteAuthentication.PreSharedKey } suite ? suite : null;

    /// <summary>null: ClientKeyExchange is malformed.</summary>
    private static ReadOnlyMemory<byte>? TryReadIdentity(Tls12Messages messages, CipherSuiteFacts suite)
    {
        try
        {
            return ClientKeyExchange.ParsePreShared(messages.ClientKeyExchange, suite.KeyExchange).Identity;
        }
        catch (TlsException)
        {
            return null;
        }
    }
}
