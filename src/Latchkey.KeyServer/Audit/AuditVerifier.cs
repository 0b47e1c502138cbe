using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Latchkey.KeyServer.Audit;

/// <summary>
/// Proves an audit log whole, or names the first record that is not what was written (attack 22). Needs nothing but the files; who has noted a head elsewhere, or knows the
/// key server's certificate, learns more.
/// </summary>
public sealed class AuditVerifier
{
    private readonly IReadOnlyList<string> _known;
    private readonly List<AuditHead> _heads;
    private readonly List<string> _remarks = [];
    private readonly HashSet<string> _signers = [];
    private readonly byte[] _hash = new byte[AuditLine.HashSize];
    private X509Certificate2? _certificate;
    private long _first;
    private long _number;
    private long _uses;
    private long _signed;
    private long _torn;
    private int _checkpoints;
    private int _files;

    /// <summary>For one log.</summary>
    /// <param name="certificates">Those that the key server had; empty: whatever the log names.</param>
    /// <param name="heads"><c>123:hash</c>, noted earlier.</param>
    /// <exception cref="FormatException">A head is none.</exception>
    public AuditVerifier(IEnumerable<X509Certificate2> certificates, IEnumerable<string> heads)
    {
        _known = [.. certificates.Select(FingerprintOf)];
        _heads = [.. heads.Select(text => AuditHead.TryParse(text) ?? throw new FormatException($"{text} is no head of an audit log (expected number:hash, 64 hexadecimal digits)"))];
    }

    /// <summary>Reads a folder, or one file of it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public AuditVerdict Verify(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var all = AuditFile.All(folder);
        string[] files = Directory.Exists(path) ? all : [Path.GetFullPath(path)];
        if (files.Length == 0)
            throw new IOException($"{path}: no audit log (expected files audit-*.jsonl)");
        // Read before the log: what a running key server appends meanwhile is no contradiction.
        var head = files[^1] == all.LastOrDefault() ? AuditHead.Read(folder) : null;
        var broken = files.Select(VerifyFile).FirstOrDefault(found => found is not null) ?? VerifyEnd(files[^1], head);
        _certificate?.Dispose();
        return new AuditVerdict(broken, _files, _first, new AuditHead(_number, _hash).ToString(), _uses, _checkpoints, _signed, _signers, _remarks);
    }

    private string? VerifyFile(string path)
    {
        var name = Path.GetFileName(path);
        using var lines = new AuditLines(path);
        while (lines.TryRead(out var text))
        {
            var fault = AuditLine.TryRead(text, out var line) ? TryVerify(line, isFirst: lines.Number == 1) : "is no audit record";
            if (fault is not null)
                return $"{name}, line {lines.Number}: {fault}";
        }
        if (lines.Number == 0)
            return $"{name}: has no record";
        _files++;
        _torn = lines.Rest;
        return null;
    }

    private string? TryVerify(AuditLine line, bool isFirst)
    {
        try
        {
            return Verify(line, isFirst);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or ArgumentException or CryptographicException)
        {
            return $"record {line.Number} cannot be read: {e.Message}";
        }
    }

    private string? Verify(AuditLine line, bool isFirst)
    {
        if (_number == 0 && !isFirst)
            return "does not begin a file";
        if (isFirst != line.Members.StartsWith("\"kind\":\"open\""u8))
            return isFirst ? $"record {line.Number} is not the one that begins a file: what stood before it is missing" : $"record {line.Number} begins a file, but does not stand at its beginning";
        using var record = isFirst || line.Members.StartsWith("\"kind\":\"checkpoint\""u8) ? Parse(line) : null;
        if (_number == 0)
            Begin(line, record!);
        else if (line.Number != _number + 1)
            return line.Number > _number ? $"record {line.Number} follows record {_number}: {Missing(line.Number)}" : $"record {line.Number} stands behind record {_number}: out of order";
        return isFirst && Open(line, record!) is { } fault ? fault : Chain(line, record);
    }

    private void Begin(AuditLine line, JsonDocument record)
    {
        _first = line.Number;
        _number = line.Number - 1;
        HashIn(record).CopyTo(_hash, 0);
        if (_first > 1)
            _remarks.Add($"begins with record {_first}; what was before is not here");
    }

    private string? Open(AuditLine line, JsonDocument record)
    {
        if (!HashIn(record).AsSpan().SequenceEqual(_hash))
            return $"record {line.Number} goes on from another record {_number} than the one before it";
        var torn = record.RootElement.TryGetProperty("torn", out var value) && value.TryGetInt64(out var bytes) ? bytes : 0;
        if (torn != _torn)
            return $"the {_torn} bytes before record {line.Number} are no record, and the key server found {torn} there";
        if (torn > 0)
            _remarks.Add($"record {line.Number} follows an unfinished record of {torn} bytes: the key server's machine had stopped");
        _torn = 0;
        _certificate?.Dispose();
        _certificate = X509CertificateLoader.LoadCertificate(record.RootElement.GetProperty("certificate").GetBytesFromBase64());
        return _known.Count == 0 || _known.Contains(FingerprintOf(_certificate)) ? null : $"record {line.Number} names a certificate that is none of those given ({FingerprintOf(_certificate)})";
    }

    private string? Chain(AuditLine line, JsonDocument? record)
    {
        if (record is not null && record.RootElement.TryGetProperty("signature", out var signature))
        {
            if (!AuditCheckpoint.IsSignedBy(_certificate!, _number, _hash, signature.GetBytesFromBase64()))
                return $"record {line.Number} is a signature that does not verify: records up to {_number} are not those that were signed";
            _checkpoints++;
            _signed = _number;
            _signers.Add(FingerprintOf(_certificate!));
        }
        AuditLine.Chain(line.Covered, _hash);
        if (!_hash.AsSpan().SequenceEqual(line.Hash))
            return $"record {line.Number} is not what was written: its hash does not follow from its content and the record before it";
        _number = line.Number;
        if (line.Members.StartsWith("\"kind\":\"use\""u8))
            _uses++;
        return _heads.Find(head => head.Number == _number) is { } head && !head.Hash.AsSpan().SequenceEqual(_hash)
            ? $"record {_number} is another one than when its hash was noted"
            : null;
    }

    private string? VerifyEnd(string lastFile, AuditHead? head)
    {
        if (_torn > 0)
            _remarks.Add($"{Path.GetFileName(lastFile)} ends in an unfinished record of {_torn} bytes");
        if (head is null)
            _remarks.Add("without the file audit.head beside it: records cut off its end would not show");
        var furthest = _heads.Append(head ?? AuditHead.Start).MaxBy(one => one.Number)!;
        if (furthest.Number > _number)
            return $"{Path.GetFileName(lastFile)}: ends with record {_number}, and record {furthest.Number} had been written: its end has been cut off";
        return head is not null && head.Number == _number && !head.Hash.AsSpan().SequenceEqual(_hash)
            ? $"{Path.GetFileName(lastFile)}: record {_number} is another one than audit.head knows"
            : null;
    }

    private string Missing(long number) => number == _number + 2 ? $"record {_number + 1} is missing" : $"records {_number + 1} to {number - 1} are missing";

    private static byte[] HashIn(JsonDocument record) => Convert.FromHexString(record.RootElement.GetProperty("previous").GetString()!);

    private static JsonDocument Parse(AuditLine line) => JsonDocument.Parse("{" + System.Text.Encoding.UTF8.GetString(line.Members) + "}");

    private static string FingerprintOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
}
