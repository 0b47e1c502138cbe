using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Freshness;

/// <summary>
/// The replay cache: what must be used once only (a TLS 1.2 nonce, a sealed state, a signed request) is remembered as long as its time is accepted. Thread-safe, bounded.
/// </summary>
/// <remarks>
/// An edge may ask the very same again on another connection, once the first has ended or fallen silent: it may not have had the answer, and learns nothing new from
/// it. Where memory runs out, the oldest entry goes, and whatever was made no later than it is refused from then on: nothing is ever accepted that may have been forgotten.
/// </remarks>
/// <param name="options">Window and size.</param>
/// <param name="time">The clock.</param>
/// <param name="mostRepetitions">After as many lost connections in a row an edge has given the handshake up.</param>
internal sealed class SeenQuestions(FreshnessOptions options, TimeProvider time, int mostRepetitions = 3)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Entry> _entries = [];
    private readonly Queue<(UInt128 Mark, long Made)> _oldestFirst = new();
    private readonly long _window = (long)options.Window.TotalMilliseconds;
    private long _forgotten = long.MinValue;

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
            ForgetOutlived(now);
            if (_entries.TryGetValue(mark, out var entry))
                return UseAgain(question, mark, entry);
            if (then <= _forgotten)
                return FreshnessVerdict.OutOfTime;
            while (_entries.Count >= options.Remembered)
                ForgetOldest();
            _entries.Add(mark, new Entry(question, 0));
            _oldestFirst.Enqueue((mark, then));
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

    private void ForgetOutlived(long now)
    {
        while (_oldestFirst.TryPeek(out var oldest) && now - oldest.Made > _window)
            _entries.Remove(_oldestFirst.Dequeue().Mark);
    }

    private void ForgetOldest()
    {
        var (mark, made) = _oldestFirst.Dequeue();
        if (_entries.Remove(mark))
            _forgotten = Math.Max(_forgotten, made);
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
