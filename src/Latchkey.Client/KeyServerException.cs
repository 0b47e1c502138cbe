namespace Latchkey.Client;

/// <summary>A key server could not be reached, broke the protocol, or did not answer in time. Holds no secret.</summary>
public sealed class KeyServerException(string message, KeyServerFailure failure, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What kind of failure.</summary>
    public KeyServerFailure Failure { get; } = failure;
}

/// <summary>Kinds of <see cref="KeyServerException"/>; operations are idempotent, so all but the last may be tried elsewhere.</summary>
public enum KeyServerFailure
{
    /// <summary>No TCP connection, or one that ended within the TLS handshake without an alert.</summary>
    Unreachable,
    /// <summary>TLS failed: one side does not accept the other's certificate, or they have no version or suite in common.</summary>
    NotAuthenticated,
    /// <summary>The connection ended while requests were outstanding.</summary>
    Disconnected,
    /// <summary>Bytes that are not the protocol; the connection is closed.</summary>
    ProtocolViolation,
    /// <summary>No reply in time; the connection goes on.</summary>
    TimedOut,
}
