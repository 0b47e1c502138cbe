namespace Latchkey.KeyServer.Audit;

/// <summary>What verifying an audit log has found.</summary>
/// <param name="Broken">Where the log is not what was written, and how; null: it is whole.</param>
/// <param name="Files">Files read.</param>
/// <param name="First">Number of the first record.</param>
/// <param name="Last">Number and hash of the last record that is right, as <c>123:hash</c>: to be kept elsewhere and held against the log later.</param>
/// <param name="Uses">Uses of keys among the records.</param>
/// <param name="Checkpoints">Signatures that verify.</param>
/// <param name="SignedThrough">The last record that a signature covers; 0: none.</param>
/// <param name="Signers">SHA-256 of the certificates that signed, lower-case hexadecimal.</param>
/// <param name="Remarks">What is right and should be known.</param>
public sealed record AuditVerdict(
    string? Broken, int Files, long First, string Last, long Uses, int Checkpoints, long SignedThrough, IReadOnlyCollection<string> Signers, IReadOnlyList<string> Remarks);
