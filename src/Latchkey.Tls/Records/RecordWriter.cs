using System.Collections.Concurrent;
using System.IO.Pipelines;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Records;

/// <summary>
/// Seals staged content into the transport's own buffers. The one writer of a connection: handshake, application data,
/// KeyUpdate and alerts all go through here.
/// </summary>
/// <remarks>
/// Whoever seals or flushes holds the turn (<see cref="TryTakeTurn"/>). The application's flow is the regular holder; the
/// reading side takes it to send an alert. What cannot wait for the turn is owed and paid by whoever gives it back.
/// </remarks>
internal sealed class RecordWriter(PipeWriter transport) : IDisposable
{
    private const int Nothing = -1;

    private RecordProtection? _protection;
    private int _maxContent = RecordHeader.MaxPlaintext;
    private TlsVersion? _version;
    private int _turn;
    private int _alertOwed = Nothing;
    private bool _disposeOwed;
    private bool _keyUpdateOwed;
    private readonly ConcurrentQueue<Messages.HandshakeMessage> _messagesOwed = new();
    private bool _disposed;

    /// <summary>Content to be sealed next.</summary>
    public StagedPlaintext Staged { get; } = new();

    /// <summary>close_notify or a fatal alert has been sent: nothing may follow.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Keys of the records to come; owned. What is staged must have been sealed before.</summary>
    public RecordProtection? Protection
    {
        set
        {
            _protection?.Dispose();
            _protection = value;
        }
    }

    /// <summary>Rules of this version apply from here on.</summary>
    public TlsVersion Version { set => _version = value; }

    /// <summary>Content of the peer's largest protected record (RFC 8449 §4: records in the clear are not bound).</summary>
    public int MaxContent { set => _maxContent = value; }

    /// <summary>
    /// The peer asked for our KeyUpdate. RFC 8446 §4.6.3 wants it before our next application data, not at once, so that it
    /// needs no write of its own; many requests while we are silent make one answer.
    /// </summary>
    public void OweKeyUpdate() => Volatile.Write(ref _keyUpdateOwed, true);

    /// <summary>Tickets that take time to be made; each is owed when it is. Closing waits a moment for them: a connection of one request would otherwise
    /// never see one from a key server.</summary>
    public Task MessagesBeingMade { get; set; } = Task.CompletedTask;

    /// <summary>A handshake message that goes out before our next application data, without a write of its own: a ticket that took time to be made. Any thread.</summary>
    public void Owe(Messages.HandshakeMessage message) => _messagesOwed.Enqueue(message);

    /// <summary>Takes the turn to write, where nobody has it.</summary>
    public bool TryTakeTurn() => Interlocked.CompareExchange(ref _turn, 1, 0) == 0;

    /// <summary>Gives the turn back, and pays what came to be owed meanwhile.</summary>
    public void GiveTurnBack()
    {
        while (true)
        {
            if (Interlocked.Exchange(ref _alertOwed, Nothing) is var alert && alert != Nothing)
                SealAlert((AlertDescription)alert, andForget: true);
            if (Volatile.Read(ref _disposeOwed))
                FreeKeys();
            Interlocked.Exchange(ref _turn, 0);
            // Between the last look and the exchange something may have come to be owed by one who found the turn taken.
            var owesMore = Volatile.Read(ref _alertOwed) != Nothing || (Volatile.Read(ref _disposeOwed) && !_disposed);
            if (!owesMore || !TryTakeTurn())
                return;
        }
    }

    /// <summary>Seals what is staged into the transport, which is not flushed. The caller has the turn.</summary>
    public void SealStaged(ContentType type)
    {
        if (HasEnded || _disposed)
        {
            Staged.Clear();
            return;
        }

        if (type == ContentType.ApplicationData)
            SealMessagesOwed();
        for (var i = 0; i < Staged.Count; i++)
        {
            if (type == ContentType.ApplicationData)
                UpdateKeysWhereNeeded();
            SealBlock(type, Staged.ContentAndRoom(i), moreFollow: i + 1 < Staged.Count);
        }

        Staged.Clear();
    }

    /// <summary>Sends what is sealed. The caller has the turn.</summary>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) => transport.FlushAsync(cancellationToken);

    /// <summary>A flush somebody waits for returns as cancelled.</summary>
    public void CancelPendingFlush() => transport.CancelPendingFlush();

    /// <summary>
    /// Sends an alert and ends this direction. Where somebody else is writing, that one sends it when done: an alert never
    /// waits for a peer that does not read.
    /// </summary>
    public async ValueTask SendAlertAsync(AlertDescription description, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _alertOwed, (int)description);
        if (!TryTakeTurn())
            return;
        try
        {
            if (Interlocked.Exchange(ref _alertOwed, Nothing) is var alert && alert != Nothing && SealAlert((AlertDescription)alert, andForget: false))
                await transport.FlushAsync(cancellationToken);
        }
        finally
        {
            GiveTurnBack();
        }
    }

    /// <summary>Sends what is staged and close_notify behind it, in one flush, and ends this direction.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (!TryTakeTurn())
        {
            Staged.Clear();
            SendAlertAndForget(AlertDescription.CloseNotify);
            return;
        }

        try
        {
            SealStaged(ContentType.ApplicationData);
            if (SealAlert(AlertDescription.CloseNotify, andForget: false))
                await transport.FlushAsync(cancellationToken);
        }
        finally
        {
            GiveTurnBack();
        }
    }

    /// <summary><see cref="SendAlertAsync"/> for those who have nothing to wait for.</summary>
    public void SendAlertAndForget(AlertDescription description)
    {
        Volatile.Write(ref _alertOwed, (int)description);
        if (TryTakeTurn())
            GiveTurnBack();
    }

    /// <summary>Zeroes the keys, or has it done by whoever is writing.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _disposeOwed, true);
        if (TryTakeTurn())
            GiveTurnBack();
    }

    private void SealBlock(ContentType type, Span<byte> contentAndRoom, bool moreFollow)
    {
        var room = Span<byte>.Empty;
        var sealedBytes = 0;
        var limit = Math.Min(StagedPlaintext.BlockSize, _protection is null ? RecordHeader.MaxPlaintext : _maxContent);
        for (var start = 0; start < contentAndRoom.Length - 1;)
        {
            var length = Math.Min(limit, contentAndRoom.Length - 1 - start);
            var recordSize = RecordHeader.Size + length + (_protection?.Expansion ?? 0);
            if (room.Length - sealedBytes < recordSize)
            {
                if (sealedBytes > 0)
                    transport.Advance(sealedBytes);
                sealedBytes = 0;
                room = transport.GetSpan(recordSize > RecordHeader.MaxPlaintext / 2 && moreFollow ? 2 << 14 : recordSize);
            }

            // The byte behind this record's content may be the next record's first: sealing borrows it.
            var borrowed = contentAndRoom[start + length];
            sealedBytes += SealRecord(type, contentAndRoom.Slice(start, length + 1), room[sealedBytes..]);
            contentAndRoom[start + length] = borrowed;
            start += length;
        }

        if (sealedBytes > 0)
            transport.Advance(sealedBytes);
    }

    private int SealRecord(ContentType type, Span<byte> contentAndRoom, Span<byte> destination)
    {
        if (_protection is { } protection)
            return protection.Seal(type, contentAndRoom, destination);
        var length = contentAndRoom.Length - 1;
        RecordHeader.Write(destination, type, length);
        contentAndRoom[..length].CopyTo(destination[RecordHeader.Size..]);
        return RecordHeader.Size + length;
    }

    /// <summary>ChangeCipherSpec is one byte, and in TLS 1.3 never protected (RFC 8446 §5).</summary>
    public void SealChangeCipherSpec()
    {
        Span<byte> contentAndRoom = [1, 0];
        if (_version != TlsVersion.Tls13)
        {
            SealBlock(ContentType.ChangeCipherSpec, contentAndRoom, moreFollow: false);
            return;
        }

        var record = transport.GetSpan(RecordHeader.Size + 1);
        RecordHeader.Write(record, ContentType.ChangeCipherSpec, 1);
        record[RecordHeader.Size] = 1;
        transport.Advance(RecordHeader.Size + 1);
    }

    /// <returns>false where nothing may be sent any more.</returns>
    private bool SealAlert(AlertDescription description, bool andForget)
    {
        if (HasEnded || _disposed)
            return false;
        HasEnded = true;
        // RFC 5246 §7.2: these three are warnings by definition; TLS 1.3 ignores the level.
        var isWarning = description is AlertDescription.CloseNotify or AlertDescription.UserCanceled or AlertDescription.NoRenegotiation;
        Span<byte> contentAndRoom = [isWarning ? (byte)1 : (byte)2, (byte)description, 0];
        SealBlock(ContentType.Alert, contentAndRoom, moreFollow: false);
        if (andForget)
            Forget(transport.FlushAsync(CancellationToken.None));
        return true;
    }

    /// <summary>
    /// RFC 8446 §4.6.3 and §5.5: keys change when the peer asked for it and before they have protected more records than is
    /// safe. TLS 1.2 can do neither.
    /// </summary>
    private void UpdateKeysWhereNeeded()
    {
        if (_protection is not Tls13RecordProtection current || !(Volatile.Read(ref _keyUpdateOwed) || current.IsWornOut))
            return;
        Volatile.Write(ref _keyUpdateOwed, false);
        // KeyUpdate, one byte long, update_not_requested: an answer must not be a request, or two peers would never stop.
        Span<byte> contentAndRoom = [(byte)Messages.HandshakeType.KeyUpdate, 0, 0, 1, 0, 0];
        SealBlock(ContentType.Handshake, contentAndRoom, moreFollow: false);
        Protection = current.NextGeneration();
    }

    private void SealMessagesOwed()
    {
        while (_messagesOwed.TryDequeue(out var message))
            SealBlock(ContentType.Handshake, [.. message.Encoded.Span, 0], moreFollow: false);
    }

    private void FreeKeys()
    {
        if (_disposed)
            return;
        _disposed = true;
        Protection = null;
    }

    /// <summary>The transport may be gone already; then there is nobody to tell.</summary>
    private static void Forget(ValueTask<FlushResult> flush)
    {
        if (flush.IsCompletedSuccessfully)
            _ = flush.Result;
        else
            _ = flush.AsTask().ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }
}
