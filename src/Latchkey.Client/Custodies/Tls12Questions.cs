using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>
/// The two questions of one TLS 1.2 key exchange (operations 44 and 45), the same for every custody but for the level; the server random of the handshake comes from here,
/// because both questions name its nonce.
/// </summary>
internal sealed class Tls12Questions(KeyServerClient client, HandshakeFacts facts)
{
    private const string OfferName = "offer key exchange";
    private const string AgreeName = "agree key exchange";

    /// <summary>Nonce and server random of this handshake.</summary>
    public FreshServerRandom ServerRandom { get; } = FreshServerRandom.Create(facts.Sentinel, facts.TimeProvider);

    /// <summary>Has a key pair made and signed; the signature is verified before the answer is taken (attack 16).</summary>
    /// <returns>The contents of ServerKeyExchange, and the sealed state or the private value, the caller's to dispose.</returns>
    /// <exception cref="KeyHolderFailedException">Refused, unreachable, late; or the answer is not what was asked for.</exception>
    public async ValueTask<(Tls12Offer Offer, SecretBytes State)> OfferAsync(NamedGroup group, SignatureScheme scheme, bool handsOver, CancellationToken cancellationToken)
    {
        using var arguments = OfferArguments(group, scheme, handsOver);
        using var reply = await AskAsync(OfferName, new OfferOperation(this, Question(OfferName, Opcode.OfferKeyExchange, arguments), group, scheme), cancellationToken);
        return ReadOffer(reply.Span);
    }

    /// <summary>Has the key exchange ended.</summary>
    /// <param name="state">Of the offer; null: RSA key exchange.</param>
    /// <param name="session">A session that the key server is to make; null: none.</param>
    /// <returns>The result at that level, the caller's to dispose.</returns>
    /// <exception cref="PeerMisbehavedException">illegal_parameter: the client's public value is none of the group.</exception>
    /// <exception cref="KeyHolderFailedException">Refused, unreachable, late.</exception>
    public async ValueTask<SecretBytes> AgreeAsync(KeyExchangeLevel level, SecretBytes? state, Tls12Agreement agreement, SessionOffer? session, CancellationToken cancellationToken)
    {
        using var arguments = KeyExchangeAgreement.Encode(facts, ServerRandom, level, state, agreement.ClientValue, agreement.Transcript, session);
        return await AskAsync(AgreeName, Question(AgreeName, Opcode.AgreeKeyExchange, arguments), cancellationToken);
    }

    /// <summary>The exception for an answer that does not say what it should.</summary>
    public KeyHolderFailedException NotAnAnswer(string to) => new($"A key server of \"{client.Options.Name}\" answered \"{to}\" with something else.");

    private StructuredOperation Question(string name, Opcode operation, SecretBytes arguments) => new(name, operation, facts, arguments, secret: true);

    private async ValueTask<SecretBytes> AskAsync<TOperation>(string name, TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IKeyOperation
    {
        var started = facts.TimeProvider.GetTimestamp();
        var reply = await client.ExecuteAsync(operation, mayFail: false, cancellationToken);
        facts.Observer?.KeyOperation(name, facts.TimeProvider.GetElapsedTime(started));
        if (reply.Secret is { } result)
            return result;
        // RFC 8422 §5.11: points off the curve and an all-zero X25519 secret end the handshake (attack 18).
        throw reply.Error == KeylessError.InvalidPublicValue
            ? new PeerMisbehavedException(AlertDescription.IllegalParameter, "The client's public value is not valid.")
            : NotAnAnswer(name);
    }

    private (Tls12Offer Offer, SecretBytes State) ReadOffer(ReadOnlySpan<byte> payload) => OfferKeyExchangeReply.TryRead(payload, out var reply)
        ? (new Tls12Offer(reply.Parameters.ToArray(), reply.Signature.ToArray()), SecretBytes.CopyOf(reply.State))
        : throw NotAnAnswer(OfferName);

    private string? FaultOfOffer(ReadOnlySpan<byte> payload, NamedGroup group, SignatureScheme scheme) =>
        OfferKeyExchangeReply.TryRead(payload, out var reply) && ServerKeyParameters.TryParse(reply.Parameters, out var made, out _) && made == group
            ? SignatureFault.OfServerKeyExchange(facts, scheme, facts.ClientHello.Random.Span, ServerRandom, reply.Parameters, reply.Signature)
            : $"It answered \"{OfferName}\" with something else.";

    private SecretBytes OfferArguments(NamedGroup group, SignatureScheme scheme, bool handsOver)
    {
        var fields = new FieldWriter(128);
        try
        {
            new OfferKeyExchangeRequest
            {
                Group = (ushort)group,
                Scheme = (ushort)scheme,
                ClientRandom = facts.ClientHello.Random.Span,
                ServerNonce = ServerRandom.Nonce.Span,
                Sentinel = (byte)ServerRandom.Sentinel,
                HandsOver = handsOver,
            }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    private readonly struct OfferOperation(Tls12Questions questions, StructuredOperation question, NamedGroup group, SignatureScheme scheme) : IKeyOperation
    {
        public string Name => OfferName;

        public bool IsStructured => true;

        public string? Fault(in KeylessReply reply) => questions.FaultOfOffer(reply.Secret is null ? default : reply.Secret.Span, group, scheme);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            question.SendAsync(connection, timeout, cancellationToken);
    }
}
