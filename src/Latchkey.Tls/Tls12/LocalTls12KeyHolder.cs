using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls12;

/// <summary>The TLS 1.2 ladder computed in this process, all but what needs the private key (rows K1, K2, K4).</summary>
internal sealed class LocalTls12KeyHolder(IHandshakeKey key, HandshakeFacts facts) : Tls12KeyHolder
{
    private readonly FreshServerRandom _serverRandom = FreshServerRandom.Create(facts.Sentinel, facts.TimeProvider);
    private KeyExchange? _exchange;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ServerRandom => _serverRandom.Value;

    /// <inheritdoc/>
    public override async ValueTask<Tls12Offer> OfferAsync(NamedGroup group, SignatureScheme scheme, CancellationToken cancellationToken)
    {
        _exchange = facts.Crypto.CreateKeyExchange(group);
        var parameters = ServerKeyParameters.Encode(group, _exchange.PublicValue.Span);
        var clientRandom = facts.ClientHello.Random;
        var started = facts.TimeProvider.GetTimestamp();
        var signature = await key.SignServerKeyExchangeAsync(new ServerKeyExchangeSigning(facts, scheme, clientRandom, _serverRandom, parameters), cancellationToken);
        facts.Observer?.KeyOperation("sign ServerKeyExchange", facts.TimeProvider.GetElapsedTime(started));
        // Attack 16: a wrong or faulty signature never leaves this process.
        if (key.MustBeVerified && !facts.Certificate.PublicKey.Verify(scheme, ServerKeyExchangeContent.Build(clientRandom.Span, ServerRandom.Span, parameters), signature.Span))
            throw new KeyHolderFailedException($"The signature ({scheme}) does not verify with the certificate's key.");
        return new Tls12Offer(parameters, signature);
    }

    /// <inheritdoc/>
    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        var master = _exchange is null ? await DecryptAsync(agreement, cancellationToken) : Exchange(_exchange, agreement);
        return new LocalTls12Secrets(facts.Crypto, facts.CipherSuite, master, facts.ClientHello.Random.Span, ServerRandom.Span);
    }

    /// <inheritdoc/>
    public override void Dispose() => _exchange?.Dispose();

    private async ValueTask<SecretBytes> DecryptAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        var started = facts.TimeProvider.GetTimestamp();
        var master = await key.DeriveMasterSecretAsync(
            new RsaMasterSecretDerivation(facts, agreement.ClientValue, facts.ClientHello.LegacyVersion, facts.ClientHello.Random, _serverRandom, agreement.SessionHash, agreement.Transcript),
            cancellationToken);
        facts.Observer?.KeyOperation("derive master secret", facts.TimeProvider.GetElapsedTime(started));
        if (master.Length == MasterSecret.Size)
            return master;
        master.Dispose();
        throw new KeyHolderFailedException($"A master secret of {master.Length} bytes.");
    }

    private SecretBytes Exchange(KeyExchange exchange, Tls12Agreement agreement)
    {
        // RFC 8422 §5.11: points off the curve and an all-zero X25519 secret end the handshake; RFC 7919 §5.1: numbers out of range too (attack 18).
        using var premaster = exchange.DeriveSharedSecret(agreement.ClientValue.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {exchange.Group} value is not valid.");
        return MasterSecret.Derive(facts.Crypto, facts.CipherSuite.Digest(), premaster, facts.ClientHello.Random.Span, ServerRandom.Span, agreement.SessionHash);
    }
}
