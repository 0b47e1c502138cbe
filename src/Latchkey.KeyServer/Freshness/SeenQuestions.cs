using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Freshness;

/// <summary>
/// The replay cache: what must be used once only (a TLS 1.2 nonce, a sealed state, a signed request) is remembered as long as its time is accepted. Thread-safe, bounded.
/// </summary>
/// <remarks>
/// An edge may ask the very same again on another connection, once the first has ended or fallen silent: it may not have had the answer, and learns nothing new from
/// it. Where memory runs out, the oldest entry of the edge that has most of them goes, and whatever that edge asks that was made no later is refused from then on: it gets no second
/// answer that may have been forgotten, and makes nobody else's questions late.
/// </remarks>
/// <param name="options">Window and size.</param>
/// <param name="time">The clock.</param>
/// <param name="mostRepetitions">After as many lost connections in a row an edge has given the handshake up.</param>
internal sealed class SeenQuestions(FreshnessOptions options, TimeProvider time, int mostRepetitions = 3)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Entry> _entries = [];
    private readonly Dictionary<string, EdgeMarks> _byEdge = [];
    private readonly long _window = (long)options.Window.TotalMilliseconds;
    private int _marks;

    /// <summary>Whether anything is remembered at all.</summary>
    public bool IsOn => _window > 0 && options.Remembered > 0;

    /// <summary>Entries at this moment.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>What is remembered of something that must be used once: of its bytes and what it was for.</summary>
    public static UInt128 MarkOf(Opcode use, ReadOnlySpan<byte> once)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([(byte)use]);
        hash.AppendData(once);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    /// <summary>Uses it, where it has not been used.</summary>
    /// <param name="question">That uses it.</param>
    /// <param name="mark">What is used.</param>
    /// <param name="made">When that was made.</param>
    public FreshnessVerdict Use(in AskedQuestion question, UInt128 mark, DateTimeOffset made)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var then = made.ToUnixTimeMilliseconds();
        if (Math.Abs(now - then) > _window)
            return FreshnessVerdict.OutOfTime;
        lock (_lock)
        {
            if (_byEdge.TryGetValue(question.Edge, out var known))
                ForgetOutlived(known, now);
            if (_entries.TryGetValue(mark, out var entry))
                return UseAgain(question, mark, entry);
            if (known is not null && then <= known.Forgotten)
                return FreshnessVerdict.OutOfTime;
            if (_marks >= options.Remembered)
                MakeRoom(now);
            _entries.Add(mark, new Entry(question, 0));
            Note(question.Edge, mark, then);
            return FreshnessVerdict.Fresh;
        }
    }

    /// <summary>The question was not answered after all: it may come again.</summary>
    public void Forget(UInt128 mark)
    {
        lock (_lock)
            _entries.Remove(mark);
    }

    private FreshnessVerdict UseAgain(in AskedQuestion question, UInt128 mark, Entry entry)
    {
        var before = entry.Question;
        if (before.Digest != question.Digest || before.Edge != question.Edge || entry.Repetitions >= mostRepetitions || !before.Life.HasGivenWayTo(question.Life))
            return FreshnessVerdict.Used;
        _entries[mark] = new Entry(question, entry.Repetitions + 1);
        return FreshnessVerdict.Repeated;
    }

    private void Note(string edge, UInt128 mark, long made)
    {
        if (!_byEdge.TryGetValue(edge, out var marks))
            _byEdge.Add(edge, marks = new EdgeMarks(edge));
        marks.OldestFirst.Enqueue((mark, made));
        _marks++;
    }

    private void MakeRoom(long now)
    {
        foreach (var (edge, marks) in _byEdge)
        {
            ForgetOutlived(marks, now);
            if (marks.OldestFirst.Count == 0 && now - marks.Forgotten > _window)
                _byEdge.Remove(edge);
        }
        while (_marks >= options.Remembered)
        {
            var most = WithMost();
            if (TakeOldest(most) is { } made)
                most.Forgotten = Math.Max(most.Forgotten, made);
        }
    }

    private EdgeMarks WithMost()
    {
        EdgeMarks? most = null;
        foreach (var marks in _byEdge.Values)
        {
            if (most is null || marks.OldestFirst.Count > most.OldestFirst.Count)
                most = marks;
        }
        return most!;
    }

    private void ForgetOutlived(EdgeMarks marks, long now)
    {
        while (marks.OldestFirst.TryPeek(out var oldest) && now - oldest.Made > _window)
            TakeOldest(marks);
    }

    // null: it had been let go already. The mark may have been used by another edge since.
    private long? TakeOldest(EdgeMarks marks)
    {
        var (mark, made) = marks.OldestFirst.Dequeue();
        _marks--;
        return _entries.TryGetValue(mark, out var entry) && entry.Question.Edge == marks.Edge && _entries.Remove(mark) ? made : null;
    }

    // What was asked and failed stays among these until its time is over or its room is needed.
    private sealed class EdgeMarks(string edge)
    {
        public string Edge => edge;

        public Queue<(UInt128 Mark, long Made)> OldestFirst { get; } = new();

        public long Forgotten { get; set; } = long.MinValue / 2;
    }

    private readonly record struct Entry(AskedQuestion Question, int Repetitions);
}

/// <summary>What is known of something that must be used once.</summary>
internal enum FreshnessVerdict
{
    /// <summary>It has not been used.</summary>
    Fresh,
    /// <summary>The same edge asks the same again, because it lost the connection.</summary>
    Repeated,
    /// <summary>It has been used.</summary>
    Used,
    /// <summary>It is too old, from the future, or as old as what has been forgotten.</summary>
    OutOfTime,
}
