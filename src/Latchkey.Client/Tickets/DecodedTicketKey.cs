using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tickets;

/// <summary>A ticket key that has come: <see cref="TicketKeyEntry"/>.</summary>
internal static class DecodedTicketKey
{
    /// <summary>The caller's to dispose.</summary>
    public static TicketKey Of(in TicketKeyEntry entry) => new(entry.Name.ToArray(), SecretBytes.CopyOf(entry.Secret))
    {
        Created = UnixTime.FromMilliseconds(entry.Created),
        SealFrom = UnixTime.FromMilliseconds(entry.SealFrom),
        SealUntil = UnixTime.FromMilliseconds(entry.SealUntil),
        OpenUntil = UnixTime.FromMilliseconds(entry.OpenUntil),
        Origin = entry.Origin,
    };
}
