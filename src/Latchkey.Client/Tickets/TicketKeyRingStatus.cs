using System.Globalization;
using Latchkey.Tickets;

namespace Latchkey.Client.Tickets;

/// <summary>How a site's ticket keys stand; no secrets.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="IsFresh">Whether there is a key that seals now: otherwise no tickets are issued.</param>
/// <param name="HasNext">Whether the key that seals after it is there already.</param>
/// <param name="Opening">Keys that open now.</param>
public sealed record TicketKeyRingStatus(string Site, bool IsFresh, bool HasNext, int Opening)
{
    /// <summary>The name of the key that seals, hexadecimal, as at the head of tickets; null: none does.</summary>
    public string? SealingKey { get; init; }

    /// <summary>How long ago the key that seals was made; null: none does.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>For how long there are keys that seal, from now on and without a gap.</summary>
    public TimeSpan SealsFor { get; init; }

    /// <summary>Until when the last key that there was sealed; null: there has been none.</summary>
    public DateTimeOffset? LastSealUntil { get; init; }

    /// <summary>How many daemons' keys are among them.</summary>
    public int Origins { get; init; }

    /// <param name="keys">In the order in which they are preferred for sealing.</param>
    internal static TicketKeyRingStatus Of(string site, IReadOnlyList<TicketKey> keys, DateTimeOffset now)
    {
        var sealing = keys.FirstOrDefault(key => key.SealFrom <= now && now < key.SealUntil);
        var until = now;
        foreach (var key in keys.OrderBy(key => key.SealFrom))
        {
            if (key.SealFrom <= until && key.SealUntil > until)
                until = key.SealUntil;
        }
        return new TicketKeyRingStatus(site, sealing is not null, sealing is not null && keys.Any(key => key.SealFrom > now && key.SealFrom <= sealing.SealUntil), keys.Count(key => now < key.OpenUntil))
        {
            SealingKey = sealing is null ? null : Convert.ToHexStringLower(sealing.Name.Span),
            Age = now - sealing?.Created,
            SealsFor = until - now,
            LastSealUntil = keys.Count == 0 ? null : keys.Max(key => key.SealUntil),
            Origins = keys.Select(key => key.Origin).Distinct().Count(),
        };
    }

    /// <summary>For the log, where it is not fresh.</summary>
    internal string Describe() => LastSealUntil is { } last
        ? string.Create(CultureInfo.InvariantCulture, $"The last one was good until {last.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z.")
        : "No key server has given one.";
}
