using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Relay;

/// <summary>
/// The way to whoever conducts whole handshakes in place of this machine (custody <c>handshake</c>, catalogue K6, K7). Thread-safe; one object per certificate.
/// </summary>
public abstract class HandshakeRelay
{
    /// <summary>Has a handshake begun there.</summary>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late.</exception>
    public abstract ValueTask<RelayedHandshake> BeginAsync(RelayedHello hello, CancellationToken cancellationToken);
}

/// <summary>One handshake under way elsewhere. Used by one handshake here, one call at a time; disposing gives it up if it is not over.</summary>
public abstract class RelayedHandshake : IDisposable
{
    /// <summary>The answer to the ClientHello; the receiver disposes it. Taken once.</summary>
    public abstract RelayReply TakeFirstReply();

    /// <summary>Passes on the client's message that was awaited.</summary>
    /// <returns>The receiver disposes it.</returns>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, lost, late: the handshake cannot go on, here or elsewhere.</exception>
    public abstract ValueTask<RelayReply> ContinueAsync(HandshakeMessage message, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>What a conductor is told at the beginning.</summary>
public sealed record RelayedHello
{
    /// <summary>The ClientHello as it came; it names the site, and nothing else does (attack 21).</summary>
    public required HandshakeMessage Message { get; init; }

    /// <summary>The same, parsed.</summary>
    public required ClientHello Hello { get; init; }

    /// <summary>What the site offers.</summary>
    public required TlsSite Site { get; init; }

    /// <summary>The chain to present; the conductor has the key of its first certificate.</summary>
    public required TlsCertificate Certificate { get; init; }

    /// <summary>Addresses of the connection.</summary>
    public required TlsEndPoints EndPoints { get; init; }
}
