namespace Latchkey.Tls.Relay;

/// <summary>What the conductor of a relayed handshake wants done, up to the client's next message. Disposing zeroes what is secret in it.</summary>
/// <param name="Steps">In order.</param>
/// <param name="Outcome">After them.</param>
public sealed record RelayReply(IReadOnlyList<RelayStep> Steps, RelayOutcome Outcome) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var step in Steps)
            step.Zero();
        Outcome.Zero();
    }
}
