namespace Latchkey.Tls.AspNetCore;

/// <summary>How a handshake ended, by culprit.</summary>
public enum HandshakeOutcome
{
    /// <summary>The connection stands.</summary>
    Completed,
    /// <summary>The client broke the protocol.</summary>
    PeerMisbehaved,
    /// <summary>Nothing in common with the client, or a name that is served by nobody here.</summary>
    PeerIncompatible,
    /// <summary>The client went away, or refused (an alert of its own).</summary>
    PeerClosed,
    /// <summary>The key server did not answer, refused, or answered wrongly.</summary>
    KeyHolderFailed,
    /// <summary>Too slow, or too many handshakes at once.</summary>
    LimitReached,
    /// <summary>A fault of ours; the log has it at level Error.</summary>
    Failed,
}
