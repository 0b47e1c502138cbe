using Latchkey.Tickets;

namespace Latchkey.Client.Tickets;

/// <summary>Keys that are used no more, until no handshake can be working with them: then they are zeroed. Not thread-safe.</summary>
internal sealed class RetiredTicketKeys(TimeProvider time)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Queue<(TicketKey Key, long Since)> _keys = new();

    /// <summary>A key that nobody is handed any more.</summary>
    public void Add(TicketKey key) => _keys.Enqueue((key, time.GetTimestamp()));

    /// <summary>Zeroes those that have been there long enough.</summary>
    public void ZeroOld()
    {
        while (_keys.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) >= Grace)
            _keys.Dequeue().Key.Dispose();
    }

    /// <summary>Zeroes all, because no handshake is left.</summary>
    public void ZeroAll()
    {
        while (_keys.TryDequeue(out var one))
            one.Key.Dispose();
    }
}
