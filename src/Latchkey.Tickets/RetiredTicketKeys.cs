namespace Latchkey.Tickets;

/// <summary>Keys that are used no more, until no handshake can be working with them: then they are zeroed. Thread-safe.</summary>
internal sealed class RetiredTicketKeys(TimeProvider time)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>The same where very many wait, because somebody asks for ever other purposes: an operation takes a few milliseconds, and memory is not his to fill.</summary>
    private static readonly TimeSpan ShortGrace = TimeSpan.FromSeconds(1);

    private const int Many = 65_536;

    private readonly Queue<(TicketKey Key, long Since)> _keys = new();

    /// <summary>A key that nobody is handed any more.</summary>
    public void Add(TicketKey key)
    {
        lock (_keys)
            _keys.Enqueue((key, time.GetTimestamp()));
    }

    /// <summary>Zeroes those that have been there long enough.</summary>
    public void ZeroOld()
    {
        lock (_keys)
        {
            var grace = _keys.Count > Many ? ShortGrace : Grace;
            while (_keys.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) >= grace)
                _keys.Dequeue().Key.Dispose();
        }
    }

    /// <summary>Zeroes all, because no handshake is left.</summary>
    public void ZeroAll()
    {
        lock (_keys)
        {
            while (_keys.TryDequeue(out var one))
                one.Key.Dispose();
        }
    }
}
