using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Driver;

/// <summary>
/// The application's input: records are opened straight from the transport's buffers when the application reads. Ends at
/// close_notify; throws <see cref="PeerClosedException"/> where the transport ends without one (truncation).
/// </summary>
internal sealed class ApplicationReader(PipeReader transport, RecordReader records, RecordWriter writer, PostHandshake postHandshake, PlaintextQueue plaintext) : PipeReader
{
    /// <summary>Content opened in one go before the application is given it: enough to be worth waking it up, little enough
    /// to stay in the cache.</summary>
    private const int MaxOpenedAtOnce = 4 * RecordHeader.MaxPlaintext;

    // The application's flow and Dispose may meet; everything that touches keys and buffers is done under this.
    private readonly Lock _gate = new();
    private ExceptionDispatchInfo? _failure;
    private int _cancelRequested;
    private bool _ended;
    private bool _completed;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryReadBuffered(out var result))
            return new ValueTask<ReadResult>(result);
        while (true)
        {
            var reading = transport.ReadAsync(cancellationToken);
            if (!reading.IsCompletedSuccessfully)
                return AwaitReadAsync(reading, cancellationToken);
            if (TryOpen(reading.Result, out result))
                return new ValueTask<ReadResult>(result);
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (TryReadBuffered(out result))
            return true;
        while (transport.TryRead(out var read))
        {
            if (TryOpen(read, out result))
                return true;
        }

        result = default;
        return false;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_gate)
            plaintext.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        Volatile.Write(ref _cancelRequested, 1);
        transport.CancelPendingRead();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _completed = true;
            plaintext.Dispose();
        }
    }

    /// <summary>The time for the client's Finished is over: where it has not come, reading ends by <paramref name="failure"/>, once what came before is read.</summary>
    public void RequireHandshakeOver(TlsException failure)
    {
        lock (_gate)
        {
            if (postHandshake.IsHandshakeOver || _completed || _ended)
                return;
            _failure ??= ExceptionDispatchInfo.Capture(failure);
        }

        // Wakes up a read that waits for the client.
        transport.CancelPendingRead();
    }

    /// <summary>Zeroes the keys; reads that follow throw.</summary>
    public void End()
    {
        lock (_gate)
        {
            _completed = true;
            records.Dispose();
            postHandshake.Dispose();
            plaintext.Dispose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitReadAsync(ValueTask<ReadResult> reading, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryOpen(await reading, out var result))
                return result;
            reading = transport.ReadAsync(cancellationToken);
        }
    }

    /// <summary>What can be answered without the transport.</summary>
    private bool TryReadBuffered(out ReadResult result)
    {
        lock (_gate)
        {
            if (_completed)
                throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
            var isCanceled = Interlocked.Exchange(ref _cancelRequested, 0) == 1;
            if (!isCanceled && !plaintext.HasUnexamined)
                _failure?.Throw();
            result = new ReadResult(plaintext.Content, isCanceled, _ended);
            return isCanceled || _ended || plaintext.HasUnexamined;
        }
    }

    /// <summary>Opens what the transport has, and says whether the application has something to see now.</summary>
    private bool TryOpen(ReadResult read, out ReadResult result)
    {
        AlertDescription? alert = null;
        lock (_gate)
        {
            try
            {
                OpenRecords(read);
            }
            catch (TlsException failure)
            {
                // What came before the fault is good; the application gets it first.
                _failure = ExceptionDispatchInfo.Capture(failure);
                alert = failure.Alert;
            }
        }

        // Outside the gate: sending may wait for the transport, or run somebody's continuation.
        if (alert is { } description)
            writer.SendAlertAndForget(description);
        if (TryReadBuffered(out result))
            return true;
        // A cancellation that is not ours any more: the application saw it on another path.
        return false;
    }

    private void OpenRecords(ReadResult read)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        var buffer = read.Buffer;
        var needsMore = false;
        var enough = plaintext.End + MaxOpenedAtOnce;
        try
        {
            while (plaintext.End < enough)
            {
                if (!records.TryRead(ref buffer, out var type, out var content))
                {
                    needsMore = true;
                    // Nothing consumed and nothing more to come: the loop must end here or it would spin.
                    if (read.IsCompleted)
                        throw new PeerClosedException(buffer.IsEmpty ? "The transport ended without close_notify." : "The transport ended in the middle of a record.");
                    return;
                }

                if (Accept(type, content))
                    return;
            }
        }
        finally
        {
            plaintext.ReturnSpare();
            transport.AdvanceTo(buffer.Start, needsMore ? buffer.End : buffer.Start);
        }
    }

    /// <returns>true where the peer has ended its direction.</returns>
    private bool Accept(ContentType type, ReadOnlySpan<byte> content)
    {
        switch (type)
        {
            case ContentType.ApplicationData:
                postHandshake.RequireBoundary();
                postHandshake.ApplicationDataCame(content.Length);
                plaintext.Commit(content.Length);
                return false;
            case ContentType.Handshake:
                postHandshake.Process(content);
                return false;
            case ContentType.Alert:
                // RFC 8446 §6.1: anything that comes after close_notify is ignored.
                _ended = true;
                return true;
            default:
                throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"A {type} record after the handshake.");
        }
    }
}
