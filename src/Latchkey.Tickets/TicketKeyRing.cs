namespace Latchkey.Tickets;

/// <summary>The keys that seal and open: one seals, several open. Thread-safe. A key that has been handed out stays valid for the call it is used in.</summary>
public abstract class TicketKeyRing
{
    /// <summary>The key to seal with now; null where none is fresh: then nothing is issued, never something under an outlived key.</summary>
    public abstract TicketKey? ForSealing();

    /// <summary>The key of a name that may still open; null: unknown or outlived.</summary>
    /// <param name="name">16 bytes.</param>
    public abstract TicketKey? Find(ReadOnlySpan<byte> name);
}
