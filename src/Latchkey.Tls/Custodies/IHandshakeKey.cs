using Latchkey.Crypto;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// The private key as <see cref="SignatureCustody"/> sees it: three questions, none of which takes a digest (X4). Local keys,
/// Latchkey's structured operations and the deployed protocol's raw operations are its implementations. Thread-safe.
/// </summary>
public interface IHandshakeKey
{
    /// <summary>
    /// Whether its signatures must be verified before they are used (attack 16). Always, unless an implementation says that they
    /// were made in this process by an algorithm whose faults give nothing away: an RSA signature made with the CRT is always
    /// verified, because a single fault reveals a factor of the modulus; verifying a local ECDSA signature (78 µs after 25 µs
    /// of signing) would only repeat what this process computed.
    /// </summary>
    bool MustBeVerified => true;

    /// <summary>TLS 1.2: signs randoms and parameters (K2).</summary>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late.</exception>
    ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken);

    /// <summary>TLS 1.3: signs the CertificateVerify content (X1).</summary>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late.</exception>
    ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken);

    /// <summary>TLS 1.2 RSA key exchange: the 48-byte master secret (K4; K1 where the premaster is fetched). The caller owns it.
    /// Bad padding or version give a random-looking one.</summary>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late.</exception>
    ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken);
}

/// <summary>The parts of a ServerKeyExchange signature (RFC 5246 §7.4.3).</summary>
/// <param name="Handshake">Whose it is: certificate, name, addresses.</param>
/// <param name="Scheme">How to sign.</param>
/// <param name="ClientRandom">32 bytes.</param>
/// <param name="ServerRandom">The server random and the nonce it comes from.</param>
/// <param name="Parameters">ServerECDHParams or ServerDHParams.</param>
public sealed record ServerKeyExchangeSigning(HandshakeFacts Handshake, SignatureScheme Scheme, ReadOnlyMemory<byte> ClientRandom, FreshServerRandom ServerRandom, ReadOnlyMemory<byte> Parameters);

/// <summary>The parts of a CertificateVerify signature (RFC 8446 §4.4.3).</summary>
/// <param name="Handshake">Whose it is: certificate, name, addresses.</param>
/// <param name="Scheme">How to sign.</param>
/// <param name="TranscriptHash">Through Certificate; size of the suite's digest.</param>
public sealed record CertificateVerifySigning(HandshakeFacts Handshake, SignatureScheme Scheme, ReadOnlyMemory<byte> TranscriptHash);

/// <summary>The parts of an RSA master secret (RFC 5246 §8.1, RFC 7627 §4).</summary>
/// <param name="Handshake">Whose it is: certificate, name, addresses.</param>
/// <param name="EncryptedPremaster">From ClientKeyExchange, any length.</param>
/// <param name="ClientVersion">legacy_version of the ClientHello.</param>
/// <param name="ClientRandom">32 bytes.</param>
/// <param name="ServerRandom">The server random and the nonce it comes from.</param>
/// <param name="SessionHash">Where extended master secret was negotiated, else null.</param>
/// <param name="Transcript">What the session hash covers, for a holder that hashes it itself; through ClientKeyExchange or CertificateVerify. Lent.</param>
public sealed record RsaMasterSecretDerivation(HandshakeFacts Handshake, ReadOnlyMemory<byte> EncryptedPremaster, ushort ClientVersion, ReadOnlyMemory<byte> ClientRandom, FreshServerRandom ServerRandom, ReadOnlyMemory<byte>? SessionHash, Transcript Transcript);
