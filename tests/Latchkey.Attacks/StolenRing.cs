using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>Ticket keys as operation 4B hands them out, in the attacker's hands.</summary>
internal sealed class StolenRing : TicketKeyRing, IDisposable
{
    private readonly List<TicketKey> _keys = [];

    public StolenRing(byte[] payload)
    {
        Assert.True(TicketKeysReply.TryRead(payload, out var reply));
        var fields = new FieldReader(reply.Keys);
        while (!fields.IsAtEnd)
        {
            var entry = TicketKeyEntry.Read(ref fields);
            _keys.Add(new TicketKey(entry.Name.ToArray(), SecretBytes.CopyOf(entry.Secret)) { SealFrom = default, SealUntil = DateTimeOffset.MaxValue, OpenUntil = DateTimeOffset.MaxValue });
        }

        Assert.NotEmpty(_keys);
    }

    public override TicketKey? ForSealing() => _keys[0];

    public override TicketKey? Find(ReadOnlySpan<byte> name)
    {
        foreach (var key in _keys)
        {
            if (key.Name.Span.SequenceEqual(name))
                return key;
        }

        return null;
    }

    public void Dispose() => _keys.ForEach(key => key.Dispose());
}
