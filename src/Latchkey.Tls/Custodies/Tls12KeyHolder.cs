using Latchkey.Crypto;
using Latchkey.Tls.Records;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Custodies;

/// <summary>What one TLS 1.2 handshake asks of whoever holds its secrets. Methods are called at most once, in order.</summary>
public abstract class Tls12KeyHolder : IDisposable
{
    /// <summary>The 32-byte server random, which the holder makes so that it can be made fresh (attack 1, 6).</summary>
    public abstract ReadOnlyMemory<byte> ServerRandom { get; }

    /// <summary>ECDHE and DHE: makes the server's public value and has it signed with both randoms (K2, K3).</summary>
    public abstract ValueTask<Tls12Offer> OfferAsync(NamedGroup group, SignatureScheme scheme, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the client's half. RSA key exchange: the encrypted premaster; bad padding yields keys that open nothing, never an
    /// error. ECDHE and DHE: the client's public value; an invalid one is a <see cref="Alerts.PeerMisbehavedException"/> (illegal_parameter).
    /// </summary>
    public abstract ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken);

    /// <summary>Zeroes what is left.</summary>
    public abstract void Dispose();
}

/// <summary>Contents of a ServerKeyExchange.</summary>
/// <param name="Parameters">ServerECDHParams (RFC 8422 §5.4) or ServerDHParams, encoded.</param>
/// <param name="Signature">Over both randoms and the parameters, already verified.</param>
public sealed record Tls12Offer(ReadOnlyMemory<byte> Parameters, ReadOnlyMemory<byte> Signature);

/// <summary>What the client sent, and what the secrets are derived from. Asked for when the client's last message before ChangeCipherSpec has come.</summary>
public sealed record Tls12Agreement
{
    /// <summary>ECDHE, DHE: the client's public value; RSA: the encrypted premaster (without their length prefixes).</summary>
    public required ReadOnlyMemory<byte> ClientValue { get; init; }

    /// <summary>The identity the client names in a PSK suite (RFC 4279 §2), else null.</summary>
    public ReadOnlyMemory<byte>? PreSharedKeyIdentity { get; init; }

    /// <summary>Hash of the handshake through ClientKeyExchange where extended master secret was negotiated (RFC 7627), else null.</summary>
    public required ReadOnlyMemory<byte>? SessionHash { get; init; }

    /// <summary>All messages before the client's Finished: through ClientKeyExchange, or CertificateVerify where the client sent a certificate. Lent.</summary>
    public required Transcript Transcript { get; init; }

    /// <summary>A holder that keeps sessions (<see cref="Custody.KeepsSessions"/>) makes one of this; null: none is wanted.</summary>
    public SessionOffer? Session { get; init; }
}

/// <summary>Keys and Finished values of one TLS 1.2 session, wherever they are computed.</summary>
public abstract class Tls12Secrets : IDisposable
{
    /// <summary>The key block, partitioned. Lent.</summary>
    public abstract Tls12RecordKeys RecordKeys { get; }

    /// <summary>The 48-byte master secret, lent, so that a session can be kept; null where the holder does not let it out.</summary>
    public virtual SecretBytes? MasterSecret => null;

    /// <summary>The ticket that the holder made of <see cref="Tls12Agreement.Session"/>; empty: it made none, or keeps the session by its identifier.</summary>
    public virtual ReadOnlyMemory<byte> Ticket => default;

    /// <summary>Whether the client's verify_data (12 bytes) is right, in constant time (F1, F2).</summary>
    /// <param name="transcriptHash">Of all handshake messages before the client's Finished.</param>
    public abstract ValueTask<bool> VerifyClientFinishedAsync(ReadOnlyMemory<byte> transcriptHash, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken);

    /// <summary>The server's verify_data, 12 bytes (F1, F3).</summary>
    /// <param name="transcriptHash">Of all handshake messages before the server's Finished.</param>
    public abstract ValueTask<ReadOnlyMemory<byte>> ServerFinishedAsync(ReadOnlyMemory<byte> transcriptHash, CancellationToken cancellationToken);

    /// <summary>Zeroes what is held.</summary>
    public abstract void Dispose();
}

/// <summary>
/// The key block, partitioned in its order (RFC 5246 §6.3); made by <see cref="Tls12.KeyBlock"/>. What a suite does not have is empty: an AEAD has no
/// MAC keys, CBC no IVs. Disposing zeroes all six.
/// </summary>
public sealed record Tls12RecordKeys(SecretBytes ClientMacKey, SecretBytes ServerMacKey, SecretBytes ClientKey, SecretBytes ServerKey, SecretBytes ClientIv, SecretBytes ServerIv) : IDisposable
{
    /// <summary>For records that the client writes. Lent.</summary>
    /// <param name="suite">The suite the block was derived for.</param>
    /// <param name="encryptThenMac">Whether encrypt_then_mac was negotiated.</param>
    public Tls12TrafficKeys OfClient(CipherSuite suite, bool encryptThenMac) =>
        new() { Suite = suite, EncryptThenMac = encryptThenMac, MacKey = ClientMacKey, Key = ClientKey, FixedIv = ClientIv };

    /// <summary>For records that the server writes. Lent.</summary>
    /// <param name="suite">The suite the block was derived for.</param>
    /// <param name="encryptThenMac">Whether encrypt_then_mac was negotiated.</param>
    public Tls12TrafficKeys OfServer(CipherSuite suite, bool encryptThenMac) =>
        new() { Suite = suite, EncryptThenMac = encryptThenMac, MacKey = ServerMacKey, Key = ServerKey, FixedIv = ServerIv };

    /// <summary>A copy, the caller's to dispose.</summary>
    public Tls12RecordKeys Copy() => new(
        SecretBytes.CopyOf(ClientMacKey.Span), SecretBytes.CopyOf(ServerMacKey.Span), SecretBytes.CopyOf(ClientKey.Span),
        SecretBytes.CopyOf(ServerKey.Span), SecretBytes.CopyOf(ClientIv.Span), SecretBytes.CopyOf(ServerIv.Span));

    /// <inheritdoc/>
    public void Dispose()
    {
        ClientMacKey.Dispose();
        ServerMacKey.Dispose();
        ClientKey.Dispose();
        ServerKey.Dispose();
        ClientIv.Dispose();
        ServerIv.Dispose();
    }
}
