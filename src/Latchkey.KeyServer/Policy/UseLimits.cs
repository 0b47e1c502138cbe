using System.Globalization;

namespace Latchkey.KeyServer.Policy;

/// <summary>A token bucket: so many uses a second on average, and so many at once.</summary>
/// <param name="PerSecond">At least 1.</param>
/// <param name="Burst">At least 1.</param>
public sealed record UseRate(int PerSecond, int Burst)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond} a second, {Burst} at once");
}

/// <summary>So many uses in each hour or day of the clock (UTC), and no more until the next begins.</summary>
/// <param name="Uses">At least 1.</param>
/// <param name="Per">Positive; periods are counted from the epoch.</param>
public sealed record UseQuota(int Uses, TimeSpan Per)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Uses} {(Per == TimeSpan.FromDays(1) ? "a day" : Per == TimeSpan.FromHours(1) ? "an hour" : $"in {Per}")}");
}

/// <summary>Which limit a use would exceed.</summary>
public enum UseLimit
{
    /// <summary>None.</summary>
    None,
    /// <summary><see cref="UseRate"/>.</summary>
    Rate,
    /// <summary><see cref="UseQuota"/>.</summary>
    Quota,
}
