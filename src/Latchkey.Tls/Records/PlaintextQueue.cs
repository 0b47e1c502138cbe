using System.Buffers;

namespace Latchkey.Tls.Records;

/// <summary>
/// Opened content between the records and the application: blocks are rented when a record is opened and returned when the
/// application has consumed them, so that an idle connection holds none. Small records share a block.
/// </summary>
/// <remarks>Not thread-safe: it belongs to the reading side.</remarks>
internal sealed class PlaintextQueue : IDisposable
{
    private const int SmallBlock = 4096;

    private PlaintextBlock? _head;
    private PlaintextBlock? _tail;
    private PlaintextBlock? _spare;
    private PlaintextBlock? _target;
    private int _headStart;
    private long _examined;
    private long _end;

    /// <summary>Whether there is content that the application has not looked at.</summary>
    public bool HasUnexamined => _end > _examined;

    /// <summary>Bytes ever committed.</summary>
    public long End => _end;

    /// <summary>All that is not consumed; lent until <see cref="AdvanceTo"/>.</summary>
    public ReadOnlySequence<byte> Content =>
        _head is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_head, _headStart, _tail!, _tail!.End);

    /// <summary>Room to open a record to, at the end of the content. Nothing is kept of it without <see cref="Commit"/>.</summary>
    public Span<byte> GetRoom(int size)
    {
        if (_tail is { } tail && tail.Room >= size)
        {
            _target = tail;
            return tail.Free;
        }

        _spare ??= new PlaintextBlock();
        if (_spare.Room < size)
        {
            _spare.Return();
            _spare.Rent(Math.Max(size, SmallBlock));
        }

        _target = _spare;
        return _spare.Free;
    }

    /// <summary>Makes the first <paramref name="length"/> bytes of the room just got part of the content.</summary>
    public void Commit(int length)
    {
        if (length == 0)
            return;
        if (_target == _spare)
            TakeFromSpare(length);
        else
            _tail!.Commit(length);
        _end += length;
    }

    /// <summary>Frees what is consumed, and remembers what has been looked at.</summary>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // A position in anything else but a block is one in the empty sequence: nothing consumed, all of nothing examined.
        _examined = examined.GetObject() is PlaintextBlock last ? Math.Max(_examined, last.RunningIndex + examined.GetInteger()) : _end;
        if (consumed.GetObject() is not PlaintextBlock block)
            return;
        while (_head != block)
            ReturnHead();
        _headStart = consumed.GetInteger();
        if (_headStart == _head.End)
            ReturnHead();
    }

    /// <summary>Gives back the room of a record that brought no content.</summary>
    public void ReturnSpare() => _spare?.Return();

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        ReturnSpare();
        while (_head is not null)
            ReturnHead();
        _examined = _end;
    }

    private void TakeFromSpare(int length)
    {
        var spare = _spare!;
        // A record of one byte and 16 KiB of padding must not keep 16 KiB: who sends a request's header that way would make us hold
        // a thousand times what the application limits. A small content moves; the room is used for the next record.
        if (length > SmallBlock / 2 || spare.Room <= SmallBlock)
        {
            _spare = null;
            Link(spare);
        }
        else if (_tail is null || _tail.Room < length)
        {
            var small = new PlaintextBlock();
            small.Rent(SmallBlock);
            spare.Free[..length].CopyTo(small.Free);
            Link(small);
        }
        else
        {
            spare.Free[..length].CopyTo(_tail.Free);
        }

        _tail!.Commit(length);
    }

    private void Link(PlaintextBlock block)
    {
        if (_tail is null)
        {
            block.PlaceAt(_end);
            _head = block;
            _headStart = 0;
        }
        else
        {
            _tail.Append(block);
        }

        _tail = block;
    }

    private void ReturnHead()
    {
        var block = _head ?? throw new InvalidOperationException("AdvanceTo with a position that is not in the buffer read last.");
        _head = block.Following;
        _headStart = 0;
        if (_head is null)
            _tail = null;
        block.Return();
        _spare ??= block;
    }
}
