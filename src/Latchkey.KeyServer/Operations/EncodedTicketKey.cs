using Latchkey.Client.Tickets;
using Latchkey.Crypto;
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

    /// <summary>All of them, the caller's to dispose: <see cref="ShareTicketKeyRootsReply"/>.</summary>
    public static SecretBytes All(TicketKeyRoots roots)
    {
        var keys = roots.InUse().Take(TicketKeyEntry.MaxCount).ToList();
        var fields = new FieldWriter(keys.Count * TicketKeyEntry.Size);
        try
        {
            foreach (var key in keys)
                Write(key, ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>What <see cref="All"/> wrote, the caller's to dispose; null: something else.</summary>
    public static List<TicketKey>? TryReadAll(ReadOnlySpan<byte> encoded)
    {
        if (!ShareTicketKeyRootsReply.TryRead(encoded, out var reply))
            return null;
        var keys = new List<TicketKey>();
        var fields = new FieldReader(reply.Roots);
        while (!fields.IsAtEnd)
            keys.Add(DecodedTicketKey.Of(TicketKeyEntry.Read(ref fields)));
        return keys;
    }

    private static ulong Milliseconds(DateTimeOffset time) => (ulong)Math.Max(0, time.ToUnixTimeMilliseconds());
}
