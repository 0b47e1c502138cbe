using System.Security.Authentication;

namespace Latchkey.KeyServer.Admission;

/// <summary>A certificate that chains to an authority and is not accepted all the same.</summary>
internal sealed class NotAdmittedException(Refusal refusal) : AuthenticationException(refusal.Reason)
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>Why an edge is not admitted, or no longer.</summary>
/// <param name="Kind">For metrics: <c>revoked</c>, <c>expired</c>, <c>address</c>, <c>authority</c>.</param>
/// <param name="Reason">For the log.</param>
internal sealed record Refusal(string Kind, string Reason);
