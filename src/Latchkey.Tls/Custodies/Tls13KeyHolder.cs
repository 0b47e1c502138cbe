using Latchkey.Crypto;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// What one TLS 1.3 handshake asks of whoever holds its secrets, in three steps so that a far holder needs at most one
/// round trip for each (catalogue X1, X2). Methods are called once, in order.
/// </summary>
public abstract class Tls13KeyHolder : IDisposable
{
    /// <summary>
    /// Answers the client's share. The key_share extension is the last of the ServerHello, so the message is
    /// <paramref name="serverHelloPrefix"/> followed by the server's public value, whose length the group gives: a holder that
    /// is far away can compute everything up to the handshake secrets from what it is sent here.
    /// </summary>
    /// <param name="transcript">Through ClientHello (the second one, after HelloRetryRequest). Lent; not changed.</param>
    /// <param name="serverHelloPrefix">The encoded ServerHello without the final public value.</param>
    /// <exception cref="Alerts.PeerMisbehavedException">The share is invalid: illegal_parameter.</exception>
    public abstract ValueTask<Tls13Agreed> AgreeAsync(NamedGroup group, ReadOnlyMemory<byte> clientShare, Transcript transcript, ReadOnlyMemory<byte> serverHelloPrefix, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the end of the server's flight: CertificateVerify's signature, already verified, then the verify_data of the server's
    /// Finished, then the application traffic secrets.
    /// </summary>
    /// <param name="transcript">Through the server's Certificate. Lent; not changed.</param>
    /// <param name="scheme">Of the signature.</param>
    public abstract ValueTask<Tls13Authentication> AuthenticateAsync(SignatureScheme scheme, Transcript transcript, CancellationToken cancellationToken);

    /// <summary>Whether the client's Finished is right, in constant time.</summary>
    /// <param name="transcript">Through the message before the client's Finished. Lent; not changed.</param>
    public abstract ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken);

    /// <summary>Zeroes what is left.</summary>
    public abstract void Dispose();
}

/// <summary>The result of the key exchange; disposing zeroes the secrets.</summary>
/// <param name="ServerShare">The server's public value.</param>
/// <param name="ClientTrafficSecret">client_handshake_traffic_secret.</param>
/// <param name="ServerTrafficSecret">server_handshake_traffic_secret.</param>
public sealed record Tls13Agreed(ReadOnlyMemory<byte> ServerShare, SecretBytes ClientTrafficSecret, SecretBytes ServerTrafficSecret) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        ClientTrafficSecret.Dispose();
        ServerTrafficSecret.Dispose();
    }
}

/// <summary>The end of the server's flight; disposing zeroes the secrets.</summary>
/// <param name="Signature">Of CertificateVerify.</param>
/// <param name="VerifyData">Of the server's Finished.</param>
/// <param name="ClientTrafficSecret">client_application_traffic_secret_0.</param>
/// <param name="ServerTrafficSecret">server_application_traffic_secret_0.</param>
public sealed record Tls13Authentication(ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> VerifyData, SecretBytes ClientTrafficSecret, SecretBytes ServerTrafficSecret) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        ClientTrafficSecret.Dispose();
        ServerTrafficSecret.Dispose();
    }
}
