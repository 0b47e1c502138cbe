namespace Latchkey.Tickets;

/// <summary>When ticket keys are made and how long they last (catalogue T1, T2). Periods begin at multiples of their length since 1970, UTC, so that all machines change at once.</summary>
/// <param name="Period">How long a key seals.</param>
/// <param name="Lead">How long before its period a key is made: time to reach every edge, and what clocks may differ by. At most the period.</param>
/// <param name="OpenFor">How long after its period a key opens: as long as tickets are to live.</param>
public sealed record TicketKeySchedule(TimeSpan Period, TimeSpan Lead, TimeSpan OpenFor)
{
    /// <summary>Keys that one machine has of its own at most; <see cref="OpenFor"/> may be <see cref="MostPeriods"/> periods.</summary>
    public const int MostKeys = 64;

    /// <summary>Periods that a key may open for; with the period itself, the next one and a restart's that is less than <see cref="MostKeys"/>.</summary>
    public const int MostPeriods = 60;

    /// <summary>A key each hour, made an hour ahead, that opens for a day after its hour.</summary>
    public static TicketKeySchedule Default { get; } = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(24));

    /// <summary>From the making of a key to its end.</summary>
    public TimeSpan Lifetime => Lead + Period + OpenFor;

    /// <summary>When the period of a moment began.</summary>
    public DateTimeOffset StartOf(DateTimeOffset moment) => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks((moment - DateTimeOffset.UnixEpoch).Ticks / Period.Ticks * Period.Ticks);
}
