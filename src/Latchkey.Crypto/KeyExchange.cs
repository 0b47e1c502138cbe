namespace Latchkey.Crypto;

/// <summary>One ephemeral key pair; used for a single exchange and then disposed.</summary>
public abstract class KeyExchange : IDisposable
{
    /// <summary>The group.</summary>
    public abstract NamedGroup Group { get; }

    /// <summary>The public value in the group's TLS form.</summary>
    public abstract ReadOnlyMemory<byte> PublicValue { get; }

    /// <summary>Derives the shared secret; the caller owns it.</summary>
    /// <returns>null where the peer's value is not acceptable (see <see cref="CryptoProvider.AnswerKeyExchange"/>; in a finite field:
    /// longer than the prime or not in the range of RFC 7919 §5.1). A finite field's secret comes without its leading zeros, as TLS 1.2
    /// wants the premaster secret (RFC 5246 §8.1.2).</returns>
    public abstract SecretBytes? DeriveSharedSecret(ReadOnlySpan<byte> peerPublicValue);

    /// <summary>
    /// The private value, for a holder of keys that keeps no state between two questions of a handshake, or hands it over (catalogue K3, K3a). The caller
    /// owns it. What it means is the provider's business but for its length, which depends on the group alone; <see cref="CryptoProvider.ImportKeyExchange"/> of the same kind takes it.
    /// </summary>
    /// <exception cref="NotSupportedException">A hybrid: those are TLS 1.3's, which needs no second question.</exception>
    public virtual SecretBytes ExportPrivateValue() => throw new NotSupportedException($"{Group} has no private value that could be sealed.");

    /// <summary>Zeroes the private value.</summary>
    public abstract void Dispose();
}
