using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Latchkey.KeyServer.Audit;

/// <summary>
/// The audit log of one key server (X7, attack 22): records in a hash chain that goes on across files, begun anew by size and day, signed from time to time. Workers append
/// what a slice of requests has done in one write, before the replies leave. Thread-safe.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly AuditOptions _options;
    private readonly X509Certificate2 _certificate;
    private readonly TimeProvider _time;
    private readonly KeyServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly DenialTally _denials = new();
    private readonly Lock _lock = new();
    private readonly AuditBuffer _lines = new();
    private readonly AuditBatch _own = new();
    private readonly byte[] _hash = new byte[AuditLine.HashSize];
    private SafeFileHandle? _lockFile;
    private SafeFileHandle? _headFile;
    private AuditFile? _file;
    private ITimer? _timer;
    private DateTime _day;
    private long _number;
    private long _torn;
    private long _signed;
    private DateTimeOffset _nextCheckpoint;
    private DateTimeOffset? _failingSince;
    private long _unrecorded;
    private long _refused;
    private volatile bool _refuses;

    /// <summary>Nothing is read or written before <see cref="Open"/>.</summary>
    /// <param name="certificate">With its private key, which signs checkpoints. Lent.</param>
    public AuditLog(AuditOptions options, X509Certificate2 certificate, TimeProvider time, KeyServerMetrics metrics, ILogger log)
    {
        _options = options;
        _certificate = certificate;
        _time = time;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Whether uses are refused, because they could not be recorded: it saves signing what would not leave.</summary>
    public bool Refuses => _refuses;

    /// <summary>State at this moment.</summary>
    public AuditStatus Status
    {
        get
        {
            lock (_lock)
                return new AuditStatus(_file?.Path ?? "", new AuditHead(_number, [.. _hash]).ToString(), _failingSince, _unrecorded, _refused);
        }
    }

    /// <summary>Goes on with the log in the folder, or begins one.</summary>
    /// <exception cref="IOException">The folder cannot be written, is another key server's, or its log does not end in a record.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void Open()
    {
        Directory.CreateDirectory(_options.Folder);
        lock (_lock)
        {
            _lockFile = Claim(_options.Folder);
            var tail = AuditTail.Read(_options.Folder);
            (_number, _torn) = (tail.Last.Number, tail.Torn);
            tail.Last.Hash.CopyTo(_hash, 0);
            if (tail.Lost > 0)
                _log.AuditRecordsLost(_options.Folder, tail.Lost, tail.Last.Number);
            _headFile = AuditHead.Open(_options.Folder);
            Begin();
        }
        _nextCheckpoint = _time.GetUtcNow() + _options.CheckpointInterval;
        _timer = _time.CreateTimer(_ => Upkeep(), null, Tick, Tick);
    }

    /// <summary>Appends the records. False: they could not be written, and what they tell of must not happen.</summary>
    public bool TryAppend(AuditBatch batch)
    {
        if (batch.Count == 0)
            return true;
        lock (_lock)
        {
            if (_failingSince is null && _headFile is { IsClosed: false } && TryWrite(batch))
                return true;
            if (!_options.Required)
            {
                _unrecorded += batch.Count;
                return true;
            }
            _refused += batch.Count;
            return false;
        }
    }

    /// <summary>A use was refused without being begun, because <see cref="Refuses"/>.</summary>
    public void CountRefused()
    {
        lock (_lock)
            _refused++;
    }

    /// <summary>A request was refused; recorded within a second, those alike together.</summary>
    public void Denied(Denial denial) => _denials.Add(denial);

    /// <summary>Ends the log with a signature.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        Upkeep();
        lock (_lock)
        {
            if (_file is not null && _failingSince is null)
                Attempt(WriteCheckpoint);
            _file?.Dispose();
            _headFile?.Dispose();
            _lockFile?.Dispose();
        }
    }

    // Once a second: refusals, a signature where one is due, and, after a failure, whether the log can be written again.
    private void Upkeep()
    {
        lock (_lock)
        {
            if (_headFile is not { IsClosed: false })
                return;
            var now = _time.GetUtcNow();
            if (_failingSince is { } since && !Attempt(() => WriteGap(now, since)))
                return;
            Attempt(() => WriteDenials(now));
            if (now < _nextCheckpoint)
                return;
            _nextCheckpoint = now + _options.CheckpointInterval;
            Attempt(WriteCheckpoint);
        }
    }

    private void WriteGap(DateTimeOffset now, DateTimeOffset since)
    {
        _own.Clear();
        _own.AddGap(now, since, _unrecorded, _refused);
        Write(_own);
        _log.AuditWritable(_options.Folder, _unrecorded, _refused);
        (_failingSince, _unrecorded, _refused, _refuses) = (null, 0, 0, false);
    }

    private void WriteDenials(DateTimeOffset now)
    {
        var denials = _denials.Take();
        if (denials.Count == 0)
            return;
        _own.Clear();
        foreach (var (denial, count) in denials)
            _own.AddDenials(now, denial, count);
        Write(_own);
    }

    private void WriteCheckpoint()
    {
        if (_number == _signed || AuditCheckpoint.Sign(_certificate, _number, _hash) is not { Length: > 0 } signature)
            return;
        _own.Clear();
        _own.AddCheckpoint(_time.GetUtcNow(), signature);
        Append(_own);
        _signed = _number;
        _file!.Sync();
        _log.AuditCheckpoint(_number, Convert.ToHexStringLower(_hash));
    }

    private bool TryWrite(AuditBatch batch) => Attempt(() => Write(batch));

    // A disk may be full and a folder gone: the key server lives on, and says so.
    private bool Attempt(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            if (_failingSince is null)
                _log.AuditNotWritable(_options.Folder, _options.Required ? "uses of keys are refused" : "uses of keys go unrecorded", e.Message);
            _failingSince ??= _time.GetUtcNow();
            _refuses = _options.Required;
            _metrics.AuditFailed();
            return false;
        }
    }

    private void Write(AuditBatch batch)
    {
        if (_file is null || _file.Length >= _options.MaxFileBytes || _time.GetUtcNow().UtcDateTime.Date != _day)
            Rotate();
        Append(batch);
    }

    private void Rotate()
    {
        if (_file is not null)
            WriteCheckpoint();
        _file?.Dispose();
        _file = null;
        Begin();
    }

    private void Begin()
    {
        var now = _time.GetUtcNow();
        var opening = new AuditBatch();
        opening.AddOpening(now, _hash, _torn, _certificate.RawDataMemory.Span);
        _file = AuditFile.Create(_options.Folder, _number + 1);
        _day = now.UtcDateTime.Date;
        try
        {
            Append(opening);
        }
        catch
        {
            _file.Dispose();
            File.Delete(_file.Path); // without its first record it would be in the way of the next attempt
            _file = null;
            throw;
        }
        _torn = 0;
    }

    private void Append(AuditBatch batch)
    {
        Span<byte> hash = stackalloc byte[AuditLine.HashSize];
        _hash.CopyTo(hash);
        _lines.Clear();
        for (var i = 0; i < batch.Count; i++)
            AuditLine.Write(_lines, _number + 1 + i, batch[i], hash);
        _file!.Append(_lines.Written);
        _number += batch.Count;
        hash.CopyTo(_hash);
        AuditHead.Write(_headFile!, _number, hash);
        if (_options.SyncToDisk)
            _file.Sync();
        _metrics.Audited(batch.Count);
    }

    private static SafeFileHandle Claim(string folder)
    {
        var path = Path.Combine(folder, "audit.lock");
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"{path}: cannot be taken: {e.Message} Another key server may be writing this log; each needs a folder of its own.", e);
        }
    }
}

/// <summary>The audit log at one moment, for <c>/status</c>.</summary>
/// <param name="File">Being written.</param>
/// <param name="Head">Number and hash of the last record.</param>
/// <param name="FailingSince">Since when it cannot be written; null: it can.</param>
/// <param name="Unrecorded">Uses served meanwhile without a record.</param>
/// <param name="Refused">Uses refused meanwhile.</param>
public sealed record AuditStatus(string File, string Head, DateTimeOffset? FailingSince, long Unrecorded, long Refused);
