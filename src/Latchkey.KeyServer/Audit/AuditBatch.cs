using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Latchkey.KeyServer.Admission;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Audit;

/// <summary>Records that are appended together. One thread uses it at a time.</summary>
#pragma warning disable CA1001 // the writer has nothing but memory
internal sealed class AuditBatch
#pragma warning restore CA1001
{
    private const int LongestName = 255;

    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private readonly List<int> _ends = [];
    private readonly Utf8JsonWriter _json;

    public AuditBatch() => _json = new Utf8JsonWriter(_bytes);

    public int Count => _ends.Count;

    /// <summary>The members of a record, without braces.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return _bytes.WrittenSpan[(start + 1)..(_ends[index] - 1)];
        }
    }

    /// <summary>A use of a key.</summary>
    /// <param name="ski">20 bytes.</param>
    /// <param name="name">Text of a peer, not checked.</param>
    /// <param name="digest">What was signed, opened or asked about; empty: nothing that has one.</param>
    /// <param name="repeated">The same was asked before.</param>
    public void AddUse(DateTimeOffset time, EdgeIdentity edge, ReadOnlySpan<byte> ski, string operation, ReadOnlySpan<byte> name, ReadOnlySpan<byte> digest, KeylessError outcome, bool repeated)
    {
        Begin("use"u8, time);
        _json.WriteString("edge"u8, edge.Name);
        _json.WriteString("certificate"u8, edge.Fingerprint);
        WriteHex("key"u8, ski);
        _json.WriteString("operation"u8, operation);
        WriteName(name);
        WriteHex("digest"u8, digest);
        if (repeated)
            _json.WriteBoolean("repeated"u8, true);
        _json.WriteString("outcome"u8, KeyServerMetrics.OutcomeName(outcome));
        End();
    }

    /// <summary>Refusals of one kind within a second.</summary>
    public void AddDenials(DateTimeOffset time, Denial denial, long count)
    {
        Begin("denied"u8, time);
        _json.WriteString("edge"u8, denial.Edge);
        if (denial.Key.Length > 0)
            _json.WriteString("key"u8, denial.Key);
        _json.WriteString("operation"u8, denial.Operation);
        if (denial.Name.Length > 0)
            _json.WriteString("name"u8, denial.Name);
        _json.WriteNumber("count"u8, count);
        _json.WriteString("outcome"u8, denial.Outcome);
        if (denial.Reason.Length > 0)
            _json.WriteString("reason"u8, denial.Reason);
        End();
    }

    /// <summary>The log could not be written for a while.</summary>
    public void AddGap(DateTimeOffset time, DateTimeOffset since, long unrecorded, long refused)
    {
        Begin("gap"u8, time);
        _json.WriteString("since"u8, since.UtcDateTime);
        _json.WriteNumber("unrecorded"u8, unrecorded);
        _json.WriteNumber("refused"u8, refused);
        End();
    }

    /// <summary>The first record of a file.</summary>
    /// <param name="previous">Hash of the record before.</param>
    /// <param name="torn">Bytes of an unfinished record at the end of the file before.</param>
    /// <param name="certificate">DER, whose key signs checkpoints.</param>
    public void AddOpening(DateTimeOffset time, ReadOnlySpan<byte> previous, long torn, ReadOnlySpan<byte> certificate)
    {
        Begin("open"u8, time);
        WriteHex("previous"u8, previous);
        if (torn > 0)
            _json.WriteNumber("torn"u8, torn);
        _json.WriteBase64String("certificate"u8, certificate);
        End();
    }

    /// <summary>A signature over the chain so far.</summary>
    public void AddCheckpoint(DateTimeOffset time, ReadOnlySpan<byte> signature)
    {
        Begin("checkpoint"u8, time);
        _json.WriteBase64String("signature"u8, signature);
        End();
    }

    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _ends.Clear();
    }

    private void Begin(ReadOnlySpan<byte> kind, DateTimeOffset time)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("kind"u8, kind);
        _json.WriteString("time"u8, time.UtcDateTime);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _ends.Add(_bytes.WrittenCount);
    }

    private void WriteName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            return;
        name = name[..Math.Min(name.Length, LongestName)];
        if (Utf8.IsValid(name))
            _json.WriteString("name"u8, name);
        else
            _json.WriteString("name"u8, Encoding.UTF8.GetString(name));
    }

    private void WriteHex(ReadOnlySpan<byte> property, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        Span<byte> hex = stackalloc byte[2 * 64];
        Convert.TryToHexStringLower(value[..Math.Min(value.Length, 64)], hex, out var written);
        _json.WriteString(property, hex[..written]);
    }
}
