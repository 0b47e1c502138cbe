using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>A ticket key on its way: <see cref="TicketKeyEntry"/>.</summary>
internal static class EncodedTicketKey
{
    public static void Write(TicketKey key, ref FieldWriter fields) => new TicketKeyEntry
    {
        Name = key.Name.Span,
        Secret = key.Secret.Span,
        Created = Milliseconds(key.Created),
        SealFrom = Milliseconds(key.SealFrom),
        SealUntil = Milliseconds(key.SealUntil),
        OpenUntil = Milliseconds(key.OpenUntil),
        Origin = key.Origin,
    }.Write(ref fields);

    private static ulong Milliseconds(DateTimeOffset time) => (ulong)Math.Max(0, time.ToUnixTimeMilliseconds());
}
