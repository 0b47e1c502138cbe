using System.IO.Pipelines;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Driver;

/// <summary>
/// The application's output: what it writes is staged, and sealed straight into the transport's buffers when it flushes; no
/// copy, no pump task in between. Completing it sends close_notify.
/// </summary>
internal sealed class ApplicationWriter(RecordWriter records) : PipeWriter
{
    /// <summary>How long closing waits for tickets: a distant key server's answer, not a dead one's.</summary>
    private static readonly TimeSpan TicketPatience = TimeSpan.FromSeconds(1);

    private bool _completed;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => records.Staged.Length;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return records.Staged.GetMemory(sizeHint);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        records.Staged.Advance(bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        return SealAndFlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => records.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // Nobody waits here: the transport has the bytes, and a failure to send them shows on the reading side.
        var completing = CompleteAsync(exception);
        if (completing.IsCompletedSuccessfully)
            completing.GetAwaiter().GetResult();
        else
            _ = completing.AsTask().ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (_completed)
            return;
        _completed = true;
        // An application that failed has not said all it had to say. RFC 8446 §6.1: close_notify would claim that it had;
        // without it the peer sees a truncation, which is the truth.
        if (exception is not null)
        {
            records.Staged.Clear();
            return;
        }

        if (!records.MessagesBeingMade.IsCompleted)
            await records.MessagesBeingMade.WaitAsync(TicketPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await records.EndAsync(CancellationToken.None);
    }

    private ValueTask<FlushResult> SealAndFlushAsync(CancellationToken cancellationToken)
    {
        // The turn is taken only where an alert is on its way out, after which nothing may follow.
        if (!records.TryTakeTurn())
            return Ended();
        if (records.HasEnded)
        {
            // The alert's own flush may still wait for the peer, and a pipe has room for one flush at a time.
            records.GiveTurnBack();
            return Ended();
        }

        ValueTask<FlushResult> flushing;
        try
        {
            records.SealStaged(ContentType.ApplicationData);
            flushing = records.FlushAsync(cancellationToken);
        }
        catch
        {
            records.GiveTurnBack();
            throw;
        }

        if (!flushing.IsCompletedSuccessfully)
            return AwaitFlushAsync(flushing);
        var flushed = flushing.Result;
        records.GiveTurnBack();
        return new ValueTask<FlushResult>(WithEnd(flushed));
    }

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> AwaitFlushAsync(ValueTask<FlushResult> flushing)
    {
        FlushResult flushed;
        try
        {
            flushed = await flushing;
        }
        finally
        {
            records.GiveTurnBack();
        }

        // Asked only now: an alert that was owed has ended the output on giving the turn back.
        return WithEnd(flushed);
    }

    private ValueTask<FlushResult> Ended()
    {
        records.Staged.Clear();
        return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true));
    }

    private FlushResult WithEnd(FlushResult flushed) => new(flushed.IsCanceled, flushed.IsCompleted || records.HasEnded);

    private void ThrowIfCompleted()
    {
        if (_completed)
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
    }
}
