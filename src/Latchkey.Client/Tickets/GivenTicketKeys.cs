using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tickets;

/// <summary>
/// What one key server has given of a site's ticket keys. Keys of earlier answers stay until they are outlived, also where the key server has forgotten them since, as one that was
/// started again has; unless those who may have them are others now (attack 10). Not thread-safe.
/// </summary>
internal sealed class GivenTicketKeys
{
    /// <summary>More than a key server gives at once are kept so that those it has forgotten stay; a key server cannot fill the memory all the same.</summary>
    private const int MaxCount = 2 * TicketKeyEntry.MaxCount;

    private readonly List<TicketKey> _keys = [];

    /// <summary>Who may have the keys, as a number that all key servers with the same rules make in the same way; null: nothing was given yet.</summary>
    public ulong? Audience { get; private set; }

    /// <summary>Lent.</summary>
    public IReadOnlyList<TicketKey> Keys => _keys;

    /// <summary>Takes an answer.</summary>
    /// <param name="retired">Receives the keys that are not used any more.</param>
    /// <returns>Whether those who may have the keys are others than before.</returns>
    public bool Take(in TicketKeysReply reply, RetiredTicketKeys retired)
    {
        var isReplaced = Audience is { } known && known != reply.Audience;
        if (isReplaced)
            Clear(retired);
        Audience = reply.Audience;
        var fields = new FieldReader(reply.Keys);
        while (!fields.IsAtEnd)
            Add(TicketKeyEntry.Read(ref fields));
        foreach (var surplus in _keys.OrderByDescending(key => key.OpenUntil).Skip(MaxCount).ToList())
            Remove(surplus, retired);
        return isReplaced;
    }

    /// <summary>Forgets the keys that open no more.</summary>
    public void RemoveOutlived(DateTimeOffset now, RetiredTicketKeys retired)
    {
        foreach (var outlived in _keys.FindAll(key => key.OpenUntil <= now))
            Remove(outlived, retired);
    }

    /// <summary>Forgets all.</summary>
    public void Clear(RetiredTicketKeys retired)
    {
        _keys.ForEach(retired.Add);
        _keys.Clear();
    }

    private void Add(in TicketKeyEntry entry)
    {
        foreach (var known in _keys)
        {
            if (known.Name.Span.SequenceEqual(entry.Name))
                return;
        }
        _keys.Add(DecodedTicketKey.Of(entry));
    }

    private void Remove(TicketKey key, RetiredTicketKeys retired)
    {
        _keys.Remove(key);
        retired.Add(key);
    }
}
