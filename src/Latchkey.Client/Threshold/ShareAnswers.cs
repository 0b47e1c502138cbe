using System.Threading.Channels;
using Latchkey.Splitting.Threshold;
using Latchkey.Tls.Alerts;

namespace Latchkey.Client.Threshold;

/// <summary>
/// The answers to one question that several key servers are asked at once. One that fails is replaced by the next at once, one that is slow after a while. Ends with the last
/// answer that can still come. For one reader.
/// </summary>
internal sealed class ShareAnswers : IAsyncDisposable
{
    /// <summary>An answer that has not come after so long is asked of another too; it is several times what a share's work takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly Queue<KeyServerClient> _notAsked;
    private readonly Func<KeyServerClient, Task<PartialSignature>> _ask;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellationToken;
    private readonly Channel<(KeyServerClient Holder, PartialSignature? Partial)> _answers = Channel.CreateUnbounded<(KeyServerClient, PartialSignature?)>();
    private readonly List<string> _failures = [];
    private int _underWay;

    public ShareAnswers(Queue<KeyServerClient> holders, Func<KeyServerClient, Task<PartialSignature>> ask, int needed, TimeProvider time, CancellationToken cancellationToken)
    {
        (_notAsked, _ask, _time, _cancellationToken) = (holders, ask, time, cancellationToken);
        for (var i = 0; i < needed; i++)
            AskAnother();
    }

    /// <summary>Why answers did not come, for a message.</summary>
    public string Failures
    {
        get
        {
            lock (_failures)
                return _failures.Count == 0 ? "no more key servers to ask." : string.Join(" ", _failures);
        }
    }

    /// <summary>Asks one more, where there is one.</summary>
    public void AskAnother()
    {
        if (!_notAsked.TryDequeue(out var holder))
            return;
        _underWay++;
        _ = AnswerAsync(holder);
    }

    /// <summary>The next answer; null: no more will come.</summary>
    public async ValueTask<(KeyServerClient Holder, PartialSignature Partial)?> NextAsync()
    {
        while (_underWay > 0)
        {
            var next = _answers.Reader.ReadAsync(_cancellationToken).AsTask();
            while (_notAsked.Count > 0 && !await IsDoneInTimeAsync(next))
                AskAnother();
            var (holder, partial) = await next;
            _underWay--;
            if (partial is not null)
                return (holder, partial);
            AskAnother();
        }
        return null;
    }

    /// <summary>Answers that come later are dropped.</summary>
    public ValueTask DisposeAsync()
    {
        _answers.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> IsDoneInTimeAsync(Task next)
    {
        try
        {
            await next.WaitAsync(Patience, _time, _cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task AnswerAsync(KeyServerClient holder)
    {
        PartialSignature? partial = null;
        try
        {
            partial = await _ask(holder);
        }
        catch (KeyHolderFailedException e)
        {
            lock (_failures)
                _failures.Add(e.Message);
        }
        catch (OperationCanceledException)
        {
            // The handshake has gone; the reader hears of it by itself.
        }
        catch (Exception e)
        {
            // Whatever it was, the reader counts on hearing of each that is under way.
            lock (_failures)
                _failures.Add($"Key server \"{holder.Options.Name}\" could not be asked: {e.Message}");
        }
        _answers.Writer.TryWrite((holder, partial));
    }
}
