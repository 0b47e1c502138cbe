using Latchkey.Crypto;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// Who holds the keys that a site shares with its clients beforehand (catalogue G4): here, or at a key server. A key is found by the identity the client
/// names. It authenticates both sides, so that no certificate is presented. Thread-safe; one object per site.
/// </summary>
/// <remarks>
/// Whether an identity is known can be told from outside: a wrong binder for a known one is decrypt_error, an unknown one is passed over (RFC 8446 §E.6). Identities
/// are no secrets.
/// </remarks>
public abstract class PreSharedKeyHolder
{
    /// <summary>Whether TLS 1.2 is served: then the master secret comes to this process.</summary>
    public virtual bool ServesTls12 => true;

    /// <summary>TLS 1.2: the hint in ServerKeyExchange (RFC 4279 §2), up to 65,535 bytes; empty for none.</summary>
    public virtual ReadOnlyMemory<byte> IdentityHint => default;

    /// <summary>
    /// TLS 1.3: the digest that the key of an identity goes with; the suite is chosen to have it. RFC 8446 §4.2.11 makes SHA-256 the default, and a holder that
    /// would have to ask for more than that answers so and declines later.
    /// </summary>
    /// <param name="identity">As the client sent it, at least one byte.</param>
    public virtual DigestAlgorithm DigestOf(ReadOnlyMemory<byte> identity) => DigestAlgorithm.Sha256;

    /// <summary>
    /// TLS 1.3, psk_dhe_ke: the holder of one handshake's secrets for the key of one offered identity. It verifies the binder, and its
    /// <see cref="Tls13KeyHolder.AnswerAsync"/> may still decline. null: the identity is not one of its own.
    /// </summary>
    /// <param name="facts">The suite in them has the digest of <see cref="DigestOf"/>. The certificate in them is not presented.</param>
    /// <param name="identity">Index among the identities of the ClientHello that is in the facts.</param>
    public abstract Tls13KeyHolder? BeginTls13(HandshakeFacts facts, int identity);

    /// <summary>
    /// TLS 1.2, DHE_PSK and ECDHE_PSK (RFC 4279 §3, RFC 5489 §2): the 48-byte master secret from the key and the outcome of the key exchange. The caller owns it.
    /// </summary>
    /// <returns>null: nobody knows the identity.</returns>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late.</exception>
    public abstract ValueTask<SecretBytes?> DeriveMasterSecretAsync(PreSharedMasterSecretDerivation request, CancellationToken cancellationToken);
}

/// <summary>The parts of a master secret with a pre-shared key (RFC 4279 §2, RFC 5246 §8.1, RFC 7627 §4).</summary>
/// <param name="Handshake">Whose it is: suite, name, addresses.</param>
/// <param name="Identity">As the client named it in ClientKeyExchange, up to 65,535 bytes.</param>
/// <param name="OtherSecret">The shared secret of the DHE or ECDHE exchange: "other_secret". Lent.</param>
/// <param name="ClientRandom">32 bytes.</param>
/// <param name="ServerRandom">The server random and the nonce it comes from.</param>
/// <param name="SessionHash">Where extended master secret was negotiated, else null.</param>
/// <param name="Transcript">Through ClientKeyExchange, for a far holder that hashes the messages itself. Lent.</param>
public sealed record PreSharedMasterSecretDerivation(
    HandshakeFacts Handshake,
    ReadOnlyMemory<byte> Identity,
    SecretBytes OtherSecret,
    ReadOnlyMemory<byte> ClientRandom,
    FreshServerRandom ServerRandom,
    ReadOnlyMemory<byte>? SessionHash,
    Transcript Transcript);
