namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// Whether what has come over this connection may be a replay (RFC 8446 §8): in the connection's features and in <c>HttpContext.Features</c>, where a site accepts
/// early data (<see cref="Sessions.ResumptionOptions.MaxEarlyData"/>) or not.
/// </summary>
/// <remarks>
/// An application that accepts early data does nothing because of it that must not happen twice: it answers such requests by 425 (RFC 8470 §5.2), after which the
/// client sends them again once the handshake is over, or passes them on with <c>Early-Data: 1</c> (§5.1).
/// </remarks>
public interface IEarlyDataFeature
{
    /// <summary>True until the client's Finished has been verified, where early data was accepted; else false. To be asked when a request is about to be acted
    /// on: once the handshake is over, early data belongs to the client that ended it.</summary>
    bool MayBeReplayed { get; }
}
