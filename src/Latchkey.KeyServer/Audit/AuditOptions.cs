namespace Latchkey.KeyServer.Audit;

/// <summary>Where and how uses of keys are recorded (X7, attack 22).</summary>
public sealed record AuditOptions
{
    /// <summary>Absolute path of a folder that belongs to this key server alone; made where it is missing.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether a use that cannot be recorded is refused. Default true; false: it is served, and the log says later how many it lacks.</summary>
    public bool Required { get; init; } = true;

    /// <summary>Size from which on the next file is begun; each day (UTC) begins one too. Default 256 MiB.</summary>
    public long MaxFileBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How often the chain is signed with the key server's own certificate, where there is anything new. Default 60 s.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether records are on the disk, not only with the operating system, before replies leave. Default false: a machine that loses power may lose the last
    /// records, a process that dies none.</summary>
    public bool SyncToDisk { get; init; }
}
