using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls12;

/// <summary>
/// The TLS 1.2 ladder with a pre-shared key (catalogue G4; RFC 4279 §3, RFC 5489): the ephemeral exchange here, the key with whoever holds it. Without
/// certificate, and so without custody: the holder of the key derives the master secret, and the rest is local.
/// </summary>
internal sealed class PreSharedTls12KeyHolder(PreSharedKeyHolder keys, HandshakeFacts facts) : Tls12KeyHolder
{
    /// <summary>As long as a good key.</summary>
    private const int SubstituteSize = 32;

    private readonly FreshServerRandom _serverRandom = FreshServerRandom.Create(facts.Sentinel, facts.TimeProvider);
    private KeyExchange? _exchange;

    /// <summary>Stands where a scheme is due: nothing is signed.</summary>
    public static SignatureScheme Unsigned => default;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ServerRandom => _serverRandom.Value;

    /// <summary>Makes the public value; the signature is empty.</summary>
    public override ValueTask<Tls12Offer> OfferAsync(NamedGroup group, SignatureScheme scheme, CancellationToken cancellationToken)
    {
        _exchange = facts.Crypto.CreateKeyExchange(group);
        return ValueTask.FromResult(new Tls12Offer(ServerKeyParameters.Encode(group, _exchange.PublicValue.Span), default));
    }

    /// <inheritdoc/>
    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        // Attack 18, as without a pre-shared key.
        using var otherSecret = _exchange!.DeriveSharedSecret(agreement.ClientValue.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {_exchange.Group} value is not valid.");
        var started = facts.TimeProvider.GetTimestamp();
        var master = await keys.DeriveMasterSecretAsync(
            new PreSharedMasterSecretDerivation(
                facts, agreement.PreSharedKeyIdentity!.Value, otherSecret, facts.ClientHello.Random, _serverRandom, agreement.SessionHash, agreement.Transcript),
            cancellationToken) ?? Substitute(otherSecret, agreement);
        facts.Observer?.KeyOperation("derive master secret with pre-shared key", facts.TimeProvider.GetElapsedTime(started));
        return new LocalTls12Secrets(facts.Crypto, facts.CipherSuite, master, facts.ClientHello.Random.Span, ServerRandom.Span);
    }

    /// <inheritdoc/>
    public override void Dispose() => _exchange?.Dispose();

    /// <summary>
    /// RFC 4279 §2 leaves the choice for an identity that nobody knows: unknown_psk_identity, or going on "as if the PSK identity existed but the key was
    /// incorrect". The alert would let anybody try out names; so that an unknown name is like a known one with a wrong key, which ends when the
    /// client's Finished does not open: bad_record_mac.
    /// </summary>
    private SecretBytes Substitute(SecretBytes otherSecret, Tls12Agreement agreement)
    {
        using var key = SecretBytes.Random(SubstituteSize);
        using var premaster = PreSharedPremaster.Combine(otherSecret, key);
        return MasterSecret.Derive(facts.Crypto, facts.CipherSuite.Digest(), premaster, facts.ClientHello.Random.Span, ServerRandom.Span, agreement.SessionHash);
    }
}
