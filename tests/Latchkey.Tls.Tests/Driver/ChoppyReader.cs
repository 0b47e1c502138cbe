using System.Buffers;
using System.IO.Pipelines;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>
/// A transport's reader that shows what arrives little by little and in small segments: the worst network there can be. Keeps
/// to the pipe's rules, so that a reader which does not say what it examined hangs here as it would on a socket.
/// </summary>
internal sealed class ChoppyReader(PipeReader inner, int step, int segmentSize) : PipeReader
{
    private ReadOnlySequence<byte> _inner;
    private ReadOnlySequence<byte> _shown;
    private long _show;
    private bool _innerCompleted;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(cancellationToken);
        _inner = read.Buffer;
        _innerCompleted = read.IsCompleted;
        // More is shown only when what was shown before had been examined (see AdvanceTo).
        _shown = Chop(_inner.Slice(0, Math.Min(_inner.Length, Math.Max(_show, step))));
        return new ReadResult(_shown, read.IsCanceled, read.IsCompleted && _shown.Length == _inner.Length);
    }

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var consumedBytes = _shown.Slice(0, consumed).Length;
        var examinedBytes = _shown.Slice(0, examined).Length;
        var all = examinedBytes == _shown.Length && _shown.Length == _inner.Length;
        _show = examinedBytes - consumedBytes + (examinedBytes == _shown.Length ? step : 0);
        var position = _inner.GetPosition(consumedBytes);
        inner.AdvanceTo(position, all && !_innerCompleted ? _inner.End : position);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadOnlySequence<byte> Chop(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty)
            return ReadOnlySequence<byte>.Empty;
        var array = bytes.ToArray();
        Piece? first = null;
        Piece? last = null;
        for (var start = 0; start < array.Length; start += segmentSize)
        {
            var memory = array.AsMemory(start, Math.Min(segmentSize, array.Length - start));
            last = last is null ? first = new Piece(memory, 0) : last.Follow(memory);
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Piece Follow(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
