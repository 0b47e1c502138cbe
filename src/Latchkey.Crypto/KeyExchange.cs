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

    /// <summary>Zeroes the private value.</summary>
    public abstract void Dispose();
}
