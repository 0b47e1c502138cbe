namespace Latchkey.Client.DelegatedCredentials;

/// <summary>How a certificate's delegated credentials stand, for <c>/status</c>; no secrets.</summary>
/// <param name="IsServed">Whether there is one to serve now; else the certificate's key signs.</param>
/// <param name="NotAfter">The end of the last one; null: there was none.</param>
/// <param name="Issued">How many came since the site is served.</param>
/// <param name="Failure">Why the last question for one failed; null: it did not.</param>
public sealed record DelegatedCredentialStatus(bool IsServed, DateTimeOffset? NotAfter, long Issued, string? Failure);
