namespace Latchkey.KeyServer.Freshness;

/// <summary>What keeps questions from being asked again later (X4, attacks 1, 2, 15).</summary>
public sealed class FreshnessOptions
{
    /// <summary>How far the time in a TLS 1.2 nonce may be from this machine's, either way: a handshake's length and the clocks' difference. Zero: times are not looked at,
    /// and nothing is remembered. Default 60 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Questions remembered at most, about 100 bytes each. Where more come within the window, the oldest are forgotten, and what is as old as they is refused. Default
    /// 250,000: 4,000 TLS 1.2 handshakes a second for a whole window.</summary>
    public int Remembered { get; init; } = 250_000;
}
