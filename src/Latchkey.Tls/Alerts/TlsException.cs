namespace Latchkey.Tls.Alerts;

/// <summary>
/// A connection that cannot go on, by culprit. The peer sees <see cref="Alert"/> and nothing else; the message is for our log
/// and holds no secret.
/// </summary>
public abstract class TlsException(string message, AlertDescription? alert, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The fatal alert for the peer; null where the connection is past alerts (closed, truncated, or an alert came in).</summary>
    public AlertDescription? Alert { get; } = alert;

    /// <summary>Name of the site, for logs; null where the handshake ended before one was chosen. Whoever conducts the handshake
    /// sets it.</summary>
    public string? Site { get; set; }
}

/// <summary>The peer broke the protocol.</summary>
public sealed class PeerMisbehavedException(AlertDescription alert, string message) : TlsException(message, alert);

/// <summary>The peer keeps the protocol, but we have nothing in common with it (version, suite, group, name).</summary>
public sealed class PeerIncompatibleException(AlertDescription alert, string message) : TlsException(message, alert);

/// <summary>The peer ended the connection: a fatal alert, or the transport closed in the middle (truncation).</summary>
public sealed class PeerClosedException(string message, AlertDescription? received = null, Exception? innerException = null)
    : TlsException(message, null, innerException)
{
    /// <summary>The alert that came in; null where the transport just ended.</summary>
    public AlertDescription? Received { get; } = received;
}

/// <summary>Whoever holds the key did not answer, refused, or answered wrongly: the peer gets internal_error.</summary>
public sealed class KeyHolderFailedException(string message, Exception? innerException = null)
    : TlsException(message, AlertDescription.InternalError, innerException);

/// <summary>A limit of ours was reached (timeout, concurrent handshakes).</summary>
public sealed class TlsLimitReachedException(AlertDescription? alert, string message) : TlsException(message, alert);
