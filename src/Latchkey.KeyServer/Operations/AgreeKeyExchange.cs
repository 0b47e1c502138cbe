using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 45: ends a TLS 1.2 key exchange, with the state of operation 44 or by decrypting an RSA premaster, and gives out what the edge's custody may
/// hold: the premaster secret (K3), the master secret (K3b, K4), or this session's keys with both Finished values and a ticket, all in one trip (K3c, K5, F2, F3, R4).
/// </summary>
/// <remarks>Bad padding, bad length and bad version of an RSA premaster give answers of the same size by the same path, at every level (attacks 7, 8).</remarks>
internal sealed class AgreeKeyExchange : KeyOperation
{
    public override string Name => "agree_key_exchange";

    public override KeyDemand Demand(in KeylessItems items)
    {
        var isRead = AgreeKeyExchangeRequest.TryRead(items.Payload, out var request);
        var custody = request.Level switch
        {
            KeyExchangeLevel.Premaster => KeyCustody.Exchange,
            KeyExchangeLevel.MasterSecret => KeyCustody.MasterSecret,
            _ => KeyCustody.SessionKeys,
        };
        // The second question of an offer uses the key no more; that of an RSA key exchange is its first.
        return isRead && request.IsRsa ? new(KeyOperations.RsaKeyExchange, custody) : new(KeyOperations.Exchange, custody, Continues: true);
    }

    public override int ExchangeMicroseconds(in KeylessItems items) =>
        AgreeKeyExchangeRequest.TryRead(items.Payload, out var request) && !request.IsRsa ? ExchangeCost.OfPublicValue(request.ClientValue.Length) : 0;

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!AgreeKeyExchangeRequest.TryRead(items.Payload, out var request)
            || CipherSuiteFacts.Find((CipherSuite)request.Suite) is not { Version: TlsVersion.Tls12, Authentication: not SuiteAuthentication.PreSharedKey } suite
            || !(request.IsRsa ? suite.KeyExchange is KeyExchangeMethod.Rsa : suite.KeyExchange is KeyExchangeMethod.Ecdhe or KeyExchangeMethod.Dhe))
        {
            return KeylessError.Malformed;
        }
        if (request.IsRsa && key.Private.Algorithm != KeyAlgorithm.Rsa)
            return KeylessError.CryptographicFailure;
        return request.IsRsa && !key.Private.ServesRsaKeyExchange ? KeylessError.NotAllowed : KeylessError.None;
    }

    public override bool UsesPrivateKey(in KeylessItems items) => AgreeKeyExchangeRequest.TryRead(items.Payload, out var request) && request.IsRsa;

    public override bool IsAskedOnce => true;

    public override ReadOnlySpan<byte> Nonce(in KeylessItems items) => AgreeKeyExchangeRequest.TryRead(items.Payload, out var request) ? request.ServerNonce : default;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!AgreeKeyExchangeRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        var serverRandom = FreshServerRandom.Derive(request.ServerNonce, (DowngradeSentinel)request.Sentinel);
        return Agree(request, items, lease, services) with { Digest = HandshakeDigest.Of(request.ClientRandom, serverRandom.Value.Span) };
    }

    private static OperationResult Agree(scoped in AgreeKeyExchangeRequest request, in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (request.Level == KeyExchangeLevel.Premaster)
            return Exchange(request, lease, services);
        if (Tls12Messages.TryRead(request, items) is not { } messages || !TryReadSession(request, messages, services.Crypto, out var session))
            return OperationResult.Failed(KeylessError.Malformed);
        if (request.IsRsa && lease.Key.Private is StructuredKey elsewhere)
        {
            using var passedOn = elsewhere.DeriveMasterSecret(PassedOn(request, messages, items.ServerName));
            return Reply(request, messages, passedOn, session, lease, services);
        }
        var agreed = request.IsRsa
            ? OperationResult.Of(lease.Key.Private.DecryptPremaster(request.ClientValue, messages.ClientHello.LegacyVersion))
            : Exchange(request, lease, services);
        using var premaster = agreed.Secret;
        if (premaster is null)
            return agreed;
        var digest = ((CipherSuite)request.Suite).Digest();
        using var master = MasterSecret.Derive(
            services.Crypto, digest, premaster, request.ClientRandom, messages.ServerHello.Random.Span,
            messages.HasExtendedMasterSecret ? (ReadOnlyMemory<byte>?)messages.SessionHash(services.Crypto, digest) : null);
        return Reply(request, messages, master, session, lease, services);
    }

    private static OperationResult Reply(scoped in AgreeKeyExchangeRequest request, Tls12Messages messages, SecretBytes master, SessionFacts? session, KeyLease lease, OperationServices services) =>
        request.Level == KeyExchangeLevel.MasterSecret
            ? ReplyWithMasterSecret(master, session)
            : ReplyWithSessionKeys(request, messages, master, session, new Tls12Sessions(lease, services), services.Crypto);

    // All of it: the other key server hashes the messages itself, and finds out itself whether they are of one piece.
    private static RsaKeyExchange PassedOn(in AgreeKeyExchangeRequest request, Tls12Messages messages, ReadOnlySpan<byte> serverName) => new()
    {
        EncryptedPremaster = request.ClientValue,
        ClientVersion = messages.ClientHello.LegacyVersion,
        ClientRandom = request.ClientRandom,
        ServerNonce = request.ServerNonce,
        Sentinel = (DowngradeSentinel)request.Sentinel,
        Digest = ((CipherSuite)request.Suite).Digest(),
        Suite = (CipherSuite)request.Suite,
        Messages = request.Messages,
        ServerName = serverName,
    };

    /// <summary>The shared secret of an offer and the client's public value.</summary>
    private static OperationResult Exchange(scoped in AgreeKeyExchangeRequest request, KeyLease lease, OperationServices services)
    {
        var serverRandom = FreshServerRandom.Derive(request.ServerNonce, (DowngradeSentinel)request.Sentinel).Value.Span;
        using var exchange = SealedExchange.TryOpen(request.State, request.ClientRandom, serverRandom, lease, services);
        if (exchange is null)
            return OperationResult.Failed(KeylessError.StateNotOpened);
        return exchange.DeriveSharedSecret(request.ClientValue) is { } premaster ? OperationResult.Of(premaster) : OperationResult.Failed(KeylessError.InvalidPublicValue);
    }

    /// <summary>Only a session with extended master secret may ever go on (attack 11), and it says of its client what this handshake has shown (attack 9). Whoever makes the server's Finished must know of the ticket that ServerHello promised.</summary>
    private static bool TryReadSession(scoped in AgreeKeyExchangeRequest request, Tls12Messages messages, CryptoProvider crypto, out SessionFacts? session)
    {
        session = null;
        if (request.Session.IsEmpty)
            return request.Level == KeyExchangeLevel.MasterSecret || !messages.ServerHello.SessionTicket;
        session = SessionDescription.TryDecode(request.Session);
        return session is { Version: TlsVersion.Tls12 } && session.CipherSuite == (CipherSuite)request.Suite && messages.HasExtendedMasterSecret
            && session.ServerName == messages.ClientHello.ServerName && messages.HasProven(session.ClientCertificates, crypto)
            && !(messages.ServerHello.SessionTicket && !request.SessionIdentifier.IsEmpty);
    }

    private static OperationResult ReplyWithMasterSecret(SecretBytes master, SessionFacts? session)
    {
        using var state = session is null ? null : SessionStateEncoding.Encode(new SessionState(session, master));
        var fields = new FieldWriter(512);
        try
        {
            new MasterSecretReply { MasterSecret = master.Span, Session = state is null ? default : state.Span }.Write(ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }

    private static OperationResult ReplyWithSessionKeys(scoped in AgreeKeyExchangeRequest request, Tls12Messages messages, SecretBytes master, SessionFacts? session, Tls12Sessions sessions, CryptoProvider crypto)
    {
        var suite = (CipherSuite)request.Suite;
        var ticket = session is null || !request.SessionIdentifier.IsEmpty ? [] : sessions.Seal(session, master);
        if (session is not null && !request.SessionIdentifier.IsEmpty)
            sessions.Keep(request.SessionIdentifier, session, master);
        using var transcript = messages.Transcript(crypto, suite.Digest());
        // The server's Finished covers the client's, whose content follows from the transcript: both can be told before the client has sent its own. A
        // client whose Finished says something else gets no further (F2), and nobody sees ours.
        var clientVerifyData = VerifyData.OfClient(crypto, suite.Digest(), master, transcript.CurrentHash());
        transcript.Append(Finished.Encode(clientVerifyData));
        if (messages.ServerHello.SessionTicket)
            transcript.Append(NewSessionTicket12.Encode(session!, ticket));
        var serverVerifyData = VerifyData.OfServer(crypto, suite.Digest(), master, transcript.CurrentHash());
        using var block = KeyBlock.DeriveBlock(crypto, suite, master, request.ClientRandom, messages.ServerHello.Random.Span);
        var fields = new FieldWriter(512);
        try
        {
            new SessionKeysReply { KeyBlock = block.Span, ClientVerifyData = clientVerifyData, ServerVerifyData = serverVerifyData, Ticket = ticket }.Write(ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
