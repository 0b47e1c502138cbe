using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 47: answers a TLS 1.3 ClientHello with a fresh key share and the signature of the flight that the share is part of, and hands out what the
/// level says, so that all of a full handshake is one round trip (catalogue X2).
/// </summary>
/// <remarks>Nothing recorded can be asked about (attacks 1, 6): the share is made here, after the question, so that no secret or signature of an older handshake follows from it.</remarks>
internal sealed class AnswerTls13 : KeyOperation
{
    public override string Name => "answer_tls13";

    public override KeyDemand Demand(in KeylessItems items) => AnswerTls13Request.TryRead(items.Payload, out var request)
        ? new(KeyOperations.Exchange, CustodyOf(request.Question.Level), (SignatureScheme)request.Scheme)
        : new(KeyOperations.Exchange, KeyCustody.SessionKeys);

    /// <summary>What an edge holds after an answer of this level.</summary>
    internal static KeyCustody CustodyOf(Tls13Level level) => level switch
    {
        Tls13Level.SharedSecret or Tls13Level.PrivateValue => KeyCustody.Exchange,
        Tls13Level.HandshakeSecret => KeyCustody.MasterSecret,
        _ => KeyCustody.SessionKeys,
    };

    public override int ExchangeMicroseconds(in KeylessItems items) => AnswerTls13Request.TryRead(items.Payload, out var request) ? 2 * ExchangeCost.Of((NamedGroup)request.Question.Group) : 0;

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!AnswerTls13Request.TryRead(items.Payload, out var request))
            return KeylessError.Malformed;
        return AllowedSchemes.ForTls13(key.Private.Algorithm, (SignatureScheme)request.Scheme)
            ? KeylessError.None
            : KeylessError.CryptographicFailure;
    }

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!AnswerTls13Request.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        using var flight = ReceivedTls13Flight.TryRead(request, items, lease, services);
        if (flight is null)
            return OperationResult.Failed(KeylessError.Malformed);
        var key = new StoredHandshakeKey(lease.Key, services.Verify);
        var agreement = new LocalTls13Agreement(key, flight.Facts);
        try
        {
            var given = request.Question.Level switch
            {
                Tls13Level.SharedSecret => GiveSharedSecret(flight, agreement),
                Tls13Level.PrivateValue => GivePrivateValue(flight, agreement),
                Tls13Level.HandshakeSecret => GiveHandshakeSecret(flight, agreement),
                _ => GiveTrafficSecrets(flight, agreement, lease, services),
            };
            return given with { Digest = key.TakeDigest() };
        }
        catch (PeerMisbehavedException)
        {
            return OperationResult.Failed(KeylessError.InvalidPublicValue);
        }
    }

    private static OperationResult GiveSharedSecret(ReceivedTls13Flight flight, LocalTls13Agreement agreement)
    {
        var exchange = agreement.Exchange(flight.Question);
        using var sharedSecret = exchange.SharedSecret;
        return Reply(Completed.Of(agreement.SignAsync(flight.Question, exchange.PublicValue, CancellationToken.None)), new Tls13AnswerFields { ServerShare = exchange.PublicValue, Secret = sharedSecret.Span });
    }

    /// <summary>A hybrid's server has no private value that means anything without the client's share: there it is the shared secret.</summary>
    private static OperationResult GivePrivateValue(ReceivedTls13Flight flight, LocalTls13Agreement agreement)
    {
        if (flight.Question.Group == NamedGroup.X25519MlKem768)
            return GiveSharedSecret(flight, agreement);
        using var exchange = flight.Facts.Crypto.CreateKeyExchange(flight.Question.Group);
        using var privateValue = exchange.ExportPrivateValue();
        return Reply(Completed.Of(agreement.SignAsync(flight.Question, exchange.PublicValue, CancellationToken.None)), new Tls13AnswerFields { ServerShare = exchange.PublicValue.Span, Secret = privateValue.Span });
    }

    private static OperationResult GiveHandshakeSecret(ReceivedTls13Flight flight, LocalTls13Agreement agreement)
    {
        using var agreed = Completed.Of(agreement.AgreeAsync(flight.Question, CancellationToken.None))!;
        return Reply(agreed.Signature, new Tls13AnswerFields { ServerShare = agreed.ServerShare.Span, Secret = agreed.HandshakeSecret.Span });
    }

    private static OperationResult GiveTrafficSecrets(ReceivedTls13Flight flight, LocalTls13Agreement agreement, KeyLease lease, OperationServices services)
    {
        using var ladder = new LocalTls13KeyHolder(agreement, flight.Facts);
        using var answer = Completed.Of(ladder.AnswerAsync(flight.Question, CancellationToken.None))!;
        using var end = Tls13FlightEnd.Of(flight, ladder, answer, lease, services);
        return Reply(answer.Signature, end.Fields(answer));
    }

    private static OperationResult Reply(ReadOnlyMemory<byte> signature, scoped in Tls13AnswerFields answer)
    {
        var fields = new FieldWriter(2048);
        try
        {
            new AnswerTls13Reply { Signature = signature.Span, Answer = answer }.Write(ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
