using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Relay;

/// <summary>What comes after the steps of a <see cref="RelayReply"/>: each reply has exactly one.</summary>
public abstract record RelayOutcome
{
    private protected RelayOutcome()
    {
    }

    /// <summary>Zeroes what is secret in it.</summary>
    internal virtual void Zero()
    {
    }
}

/// <summary>The handshake goes on with the client's next message.</summary>
public sealed record AwaitsMessage : RelayOutcome;

/// <summary>The handshake is over, and the application keys are set.</summary>
public sealed record Agreed(RelayedAgreement Agreement) : RelayOutcome;

/// <summary>
/// TLS 1.2: the rest, which is ChangeCipherSpec and Finished of both sides, is done by the machine at the client's side with the master secret (F1; claim 1 of
/// US 10,033,529).
/// </summary>
/// <param name="Agreement">What will have been agreed then.</param>
/// <param name="Finish">What it takes; the outcome owns the secrets.</param>
public sealed record HandedOver(RelayedAgreement Agreement, Tls12HandOver Finish) : RelayOutcome
{
    internal override void Zero() => Finish.Zero();
}

/// <summary>The handshake has failed, and the client is told so.</summary>
/// <param name="Alert">For the client.</param>
/// <param name="Culprit">Whose fault it was.</param>
/// <param name="Reason">For the log; holds no secret.</param>
public sealed record Failed(AlertDescription Alert, RelayCulprit Culprit, string Reason) : RelayOutcome
{
    /// <summary>The exception that a handshake conducted here would have ended with.</summary>
    public TlsException ToException() => Culprit switch
    {
        RelayCulprit.Misbehaved => new PeerMisbehavedException(Alert, Reason),
        RelayCulprit.Incompatible => new PeerIncompatibleException(Alert, Reason),
        _ => new TlsLimitReachedException(Alert, Reason),
    };
}

/// <summary>Whose fault a failed handshake is; the numbers are on the wire.</summary>
public enum RelayCulprit : byte
{
    /// <summary>The client broke the protocol.</summary>
    Misbehaved = 1,
    /// <summary>The client has nothing in common with the site.</summary>
    Incompatible = 2,
    /// <summary>A limit was reached.</summary>
    Limit = 3,
}
