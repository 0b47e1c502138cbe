using System.Buffers;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Records;

/// <summary>
/// Takes records off the transport's bytes and opens them to the end of a <see cref="PlaintextQueue"/>; the rules of the record
/// layer are here, those of the handshake are not. What it returns is a handshake record, application data, a
/// ChangeCipherSpec where TLS 1.2 may have one, or close_notify.
/// </summary>
/// <remarks>Belongs to the reading side.</remarks>
internal sealed class RecordReader(TlsLimits limits, PlaintextQueue plaintext) : IDisposable
{
    /// <summary>Bytes of refused early data that are dropped before we stop listening.</summary>
    public const int MaxSkippedEarlyData = 128 * 1024;

    private RecordProtection? _protection;
    private TlsVersion? _version;
    private bool _anyRecord;
    private bool _openedUnderKeys;
    private bool _skipsEarlyData;
    private int _skippedEarlyData;
    private int _emptyRecords;
    private int _warnings;
    private int _changeCipherSpecs;

    /// <summary>RFC 8446 §5: a ChangeCipherSpec of one byte 0x01 is dropped from the first ClientHello to the client's Finished.</summary>
    public bool DropsChangeCipherSpec { get; set; }

    /// <summary>Keys of the records to come; owned.</summary>
    public RecordProtection? Protection
    {
        get => _protection;
        set
        {
            _protection?.Dispose();
            _protection = value;
            _openedUnderKeys = false;
        }
    }

    /// <summary>Rules of this version apply from here on.</summary>
    public TlsVersion Version
    {
        set
        {
            _version = value;
            DropsChangeCipherSpec = value == TlsVersion.Tls13;
        }
    }

    /// <summary>See <see cref="HandshakeChannel.SkipEarlyData"/>.</summary>
    public void SkipEarlyData() => _skipsEarlyData = true;

    /// <summary>Takes the next record that means something off the front of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">Received bytes; sliced.</param>
    /// <param name="type">Handshake, ApplicationData, ChangeCipherSpec (TLS 1.2) or Alert (close_notify).</param>
    /// <param name="content">In the room of the queue, not committed; valid until the next call.</param>
    /// <returns>false where more bytes are needed.</returns>
    /// <exception cref="TlsException">The peer broke a rule, sent a fatal alert, or exceeded a limit.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out ContentType type, out ReadOnlySpan<byte> content)
    {
        while (TryTakeRecord(buffer, out var header))
        {
            var record = buffer.Slice(0, RecordHeader.Size + header.Length);
            buffer = buffer.Slice(record.End);
            if (Open(header, record, out type, out content) && IsForTheReader(type, content))
                return true;
        }

        type = default;
        content = default;
        return false;
    }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose() => _protection?.Dispose();

    private bool TryTakeRecord(scoped in ReadOnlySequence<byte> buffer, out RecordHeader header)
    {
        header = default;
        if (!_anyRecord && _version is null && buffer.Length > 0)
            FirstBytes.Check(buffer);
        if (buffer.Length < RecordHeader.Size)
            return false;
        Span<byte> bytes = stackalloc byte[RecordHeader.Size];
        if (buffer.FirstSpan.Length >= RecordHeader.Size)
            buffer.FirstSpan[..RecordHeader.Size].CopyTo(bytes);
        else
            buffer.Slice(0, RecordHeader.Size).CopyTo(bytes);
        header = RecordHeader.Read(bytes);
        CheckHeader(header);
        _anyRecord = true;
        return buffer.Length >= RecordHeader.Size + header.Length;
    }

    private void CheckHeader(RecordHeader header)
    {
        if (header.Type is < ContentType.ChangeCipherSpec or > ContentType.ApplicationData)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"Record type {(byte)header.Type} does not exist.");
        // RFC 8446 §5.1 ignores the minor version for all purposes; a major version other than 3 is not TLS.
        if (header.Version >> 8 != 3)
            throw new PeerIncompatibleException(AlertDescription.ProtocolVersion, $"Record version 0x{header.Version:x4} is not TLS.");
        if (header.Length > (_protection?.MaxCiphertext ?? RecordHeader.MaxPlaintext))
        {
            // Refused early data comes under keys that we do not have, in records of a protected record's length.
            if (_skipsEarlyData && header.Type == ContentType.ApplicationData && header.Length <= RecordHeader.MaxCiphertext13)
                return;
            throw new PeerMisbehavedException(AlertDescription.RecordOverflow, $"A record of {header.Length} bytes is announced.");
        }
    }

    /// <returns>false where the record is one to be dropped.</returns>
    private bool Open(RecordHeader header, scoped in ReadOnlySequence<byte> record, out ContentType type, out ReadOnlySpan<byte> content)
    {
        type = header.Type;
        if (_protection is null || IsSentInTheClear(header))
        {
            var room = plaintext.GetRoom(header.Length);
            record.Slice(RecordHeader.Size).CopyTo(room);
            content = room[..header.Length];
            if (type != ContentType.ApplicationData)
                return true;
            if (!_skipsEarlyData)
                throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "Application data before any keys.");
            Skip(header.Length);
            return false;
        }

        if (_version == TlsVersion.Tls13 && header.Type != ContentType.ApplicationData)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"A {header.Type} record that is not protected.");
        if (!TryUnprotect(_protection, record, out var opened, out var opening))
        {
            content = default;
            if (!_skipsEarlyData)
                throw new PeerMisbehavedException(AlertDescription.BadRecordMac, $"Record {_protection.Sequence} is not authentic.");
            Skip(header.Length);
            return false;
        }

        // RFC 8446 §4.2.10: the first record that opens ends the search.
        _skipsEarlyData = false;
        _openedUnderKeys = true;
        if (opened.Length > RecordHeader.MaxPlaintext)
            throw new PeerMisbehavedException(AlertDescription.RecordOverflow, $"A record holds {opened.Length} bytes.");
        // RFC 8446 §5: who "receives a protected change_cipher_spec record MUST abort the handshake with an "unexpected_message" alert".
        if (_version == TlsVersion.Tls13 && opened.Type == ContentType.ChangeCipherSpec)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "A protected ChangeCipherSpec.");
        type = opened.Type;
        content = opening[..opened.Length];
        return true;
    }

    /// <summary>
    /// TLS 1.3: ChangeCipherSpec is never protected (RFC 8446 §5). A client that cannot go on with our ServerHello has no keys yet
    /// and sends its alert in the clear; knowing which alert it was is worth more than bad_record_mac, and whoever could forge
    /// it could as well cut the connection.
    /// </summary>
    private bool IsSentInTheClear(RecordHeader header) => _version == TlsVersion.Tls13 && header.Type switch
    {
        ContentType.ChangeCipherSpec => true,
        ContentType.Alert => !_openedUnderKeys && DropsChangeCipherSpec && header.Length == 2,
        _ => false,
    };

    private bool TryUnprotect(RecordProtection protection, scoped in ReadOnlySequence<byte> record, out OpenedRecord opened, out Span<byte> destination)
    {
        var prefix = RecordHeader.Size + protection.PrefixSize;
        opened = default;
        destination = default;
        if (record.Length < prefix)
            return false;
        var ciphertextSize = (int)record.Length - prefix;
        if (record.IsSingleSegment)
        {
            var bytes = record.FirstSpan;
            destination = plaintext.GetRoom(protection.OpeningRoom(ciphertextSize));
            return protection.TryOpen(bytes[..prefix], bytes[prefix..], destination, out opened);
        }

        // Only a record that straddles segments is put together first, where it will be opened in place.
        Span<byte> headerAndPrefix = stackalloc byte[RecordHeader.Size + RecordProtection.MaxPrefixSize];
        record.Slice(0, prefix).CopyTo(headerAndPrefix);
        destination = plaintext.GetRoom(ciphertextSize);
        record.Slice(prefix).CopyTo(destination);
        return protection.TryOpen(headerAndPrefix[..prefix], destination[..ciphertextSize], destination, out opened);
    }

    private bool IsForTheReader(ContentType type, ReadOnlySpan<byte> content)
    {
        switch (type)
        {
            case ContentType.ChangeCipherSpec:
                return !IsCompatibilityChangeCipherSpec(content);
            case ContentType.Alert:
                return IsCloseNotify(content);
            case ContentType.Handshake or ContentType.ApplicationData:
                return !IsEmpty(type, content);
            default:
                throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"Inner record type {(byte)type} does not exist.");
        }
    }

    private bool IsCompatibilityChangeCipherSpec(ReadOnlySpan<byte> content)
    {
        if (content is not [1])
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "A ChangeCipherSpec that is not the byte 1.");
        if (_version == TlsVersion.Tls12)
            return false;
        if (!DropsChangeCipherSpec || ++_changeCipherSpecs > limits.MaxEmptyRecords)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "A ChangeCipherSpec where none may be.");
        return true;
    }

    private bool IsEmpty(ContentType type, ReadOnlySpan<byte> content)
    {
        if (content.Length > 0)
        {
            _emptyRecords = 0;
            if (type == ContentType.ApplicationData)
                _warnings = 0;
            return false;
        }

        // RFC 8446 §5.1: empty application data hides traffic patterns and is allowed, an empty handshake fragment never is.
        if (type == ContentType.Handshake || ++_emptyRecords > limits.MaxEmptyRecords)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"Too many empty {type} records.");
        return true;
    }

    private bool IsCloseNotify(ReadOnlySpan<byte> content)
    {
        if (content.Length != 2)
            throw new PeerMisbehavedException(AlertDescription.DecodeError, $"An alert of {content.Length} bytes.");
        var description = (AlertDescription)content[1];
        if (description == AlertDescription.CloseNotify)
            return true;
        // RFC 8446 §6: whatever the level says, all alerts of TLS 1.3 but these two are fatal. TLS 1.2 has warnings.
        var isWarning = description == AlertDescription.UserCanceled || (_version != TlsVersion.Tls13 && content[0] == 1);
        if (!isWarning)
            throw new PeerClosedException($"The client sent the alert {description} ({content[1]}).", description);
        if (++_warnings > limits.MaxWarningAlerts)
            throw new TlsLimitReachedException(AlertDescription.UnexpectedMessage, $"More than {limits.MaxWarningAlerts} warning alerts in a row.");
        return false;
    }

    private void Skip(int length)
    {
        _skippedEarlyData += Math.Max(length, 64);
        if (_skippedEarlyData > MaxSkippedEarlyData)
            throw new PeerMisbehavedException(AlertDescription.BadRecordMac, "More early data than is skipped.");
    }
}
