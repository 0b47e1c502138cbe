using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// What lies above the ladder of a TLS 1.3 flight: the key exchange down to the Handshake Secret, and the private key. Below it everything is
/// <see cref="LocalTls13KeyHolder"/>'s, wherever this is computed.
/// </summary>
internal interface ITls13Agreement : IDisposable
{
    /// <summary>Makes the server's half of the key exchange and the signature.</summary>
    /// <returns>The caller owns it. null: the pre-shared key is not accepted, and a full handshake follows.</returns>
    /// <exception cref="Alerts.PeerMisbehavedException">illegal_parameter: the client's share is invalid.</exception>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late; the signature does not verify.</exception>
    ValueTask<Tls13Agreed?> AgreeAsync(Tls13Question question, CancellationToken cancellationToken);

    /// <summary>Zeroes what it holds; most hold nothing.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>The outcome. Disposing zeroes the secret.</summary>
/// <param name="ServerShare">The server's public value.</param>
/// <param name="HandshakeSecret">The Handshake Secret of RFC 8446 §7.1, of the digest's size.</param>
/// <param name="Signature">Of CertificateVerify, already verified; empty with a pre-shared key.</param>
internal sealed record Tls13Agreed(ReadOnlyMemory<byte> ServerShare, SecretBytes HandshakeSecret, ReadOnlyMemory<byte> Signature) : IDisposable
{
    /// <summary>client_early_traffic_secret where the question accepts early data; whoever takes it owns it.</summary>
    public SecretBytes? ClientEarlyTraffic { get; init; }

    /// <summary>Facts of the session that goes on; null for an external key or none.</summary>
    public Sessions.SessionFacts? Resumed { get; init; }

    /// <inheritdoc/>
    public void Dispose() => HandshakeSecret.Dispose();
}
