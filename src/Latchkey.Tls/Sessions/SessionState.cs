using Latchkey.Crypto;

namespace Latchkey.Tls.Sessions;

/// <summary>A session that can be resumed here: its facts and its secret. Owns the secret; disposing zeroes it.</summary>
/// <param name="facts">What decides whether it may be resumed.</param>
/// <param name="secret">TLS 1.2: the 48-byte master secret; TLS 1.3: the ticket's pre-shared key, of the digest's size.</param>
public sealed class SessionState(SessionFacts facts, SecretBytes secret) : IDisposable
{
    /// <summary>What decides whether it may be resumed.</summary>
    public SessionFacts Facts { get; } = facts;

    /// <summary>TLS 1.2: the 48-byte master secret; TLS 1.3: the ticket's pre-shared key, of the digest's size. Lent.</summary>
    public SecretBytes Secret { get; } = secret;

    /// <inheritdoc/>
    public void Dispose() => Secret.Dispose();
}
