using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Relay;

/// <summary>
/// The outside of a handshake that is conducted for another machine: writes down what is to be done there, and waits for nothing but the client's messages. So
/// the engine runs from one of them to the next on the thread that brings it.
/// </summary>
/// <param name="handsOver">Whether the other machine exchanges the Finished messages of TLS 1.2 itself (F1).</param>
internal sealed class RelayChannel(bool handsOver) : HandshakeChannel
{
    private readonly List<RelayStep> _steps = [];
    private TaskCompletionSource<HandshakeMessage>? _waiting;
    private Tls12HandOver? _handOver;

    /// <summary>Whether the engine waits for the client.</summary>
    public bool IsWaiting => _waiting is not null;

    /// <summary>What was handed over; null: nothing. The receiver disposes it.</summary>
    public Tls12HandOver? TakeHandOver()
    {
        var handOver = _handOver;
        _handOver = null;
        return handOver;
    }

    /// <summary>Steps since the last time; the receiver disposes them.</summary>
    public RelayStep[] TakeSteps()
    {
        var steps = _steps.ToArray();
        _steps.Clear();
        return steps;
    }

    /// <summary>
    /// Steps since the last time, without the flight that a fault cut short: the alert takes its place under the keys that the client knows of.
    /// </summary>
    public RelayStep[] TakeStepsBeforeFault()
    {
        var sent = _steps.FindLastIndex(step => step is FlushStep) + 1;
        foreach (var step in _steps[sent..])
        {
            if (step is not VersionStep)
                step.Zero();
        }

        RelayStep[] steps = [.. _steps[..sent], .. _steps[sent..].OfType<VersionStep>()];
        _steps.Clear();
        return steps;
    }

    /// <summary>Gives the engine what it waits for; it runs on this thread until it waits again or has ended.</summary>
    public void Deliver(HandshakeMessage message) => TakeWaiting().SetResult(message);

    /// <summary>Ends an engine that waits: it zeroes what it holds before this returns.</summary>
    public void Cancel()
    {
        if (IsWaiting)
            TakeWaiting().SetCanceled();
        foreach (var step in TakeSteps())
            step.Zero();
        TakeHandOver()?.Zero();
    }

    public override ValueTask<HandshakeMessage> ReadMessageAsync(CancellationToken cancellationToken)
    {
        // Continuations run at once, on the thread that delivers: that is the worker whose turn it is.
        _waiting = new TaskCompletionSource<HandshakeMessage>();
        return new ValueTask<HandshakeMessage>(_waiting.Task);
    }

    public override ValueTask ReadChangeCipherSpecAsync(CancellationToken cancellationToken)
    {
        // The other machine sees to it, and sends unexpected_message where it does not come: a trip is saved.
        _steps.Add(new AwaitChangeCipherSpecStep());
        return default;
    }

    public override void WriteMessage(HandshakeMessage message) => _steps.Add(new MessageStep(message));

    public override void WriteChangeCipherSpec() => _steps.Add(new ChangeCipherSpecStep());

    public override ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _steps.Add(new FlushStep());
        return default;
    }

    public override void SetReadKeys(TrafficKeys keys) => _steps.Add(new ReadKeysStep(keys.Copy()));

    public override void SetWriteKeys(TrafficKeys keys) => _steps.Add(new WriteKeysStep(keys.Copy()));

    public override void SetVersion(TlsVersion version) => _steps.Add(new VersionStep(version));

    public override void SkipEarlyData() => _steps.Add(new SkipEarlyDataStep());

    public override void SetMaxPlaintextSize(int bytes) => _steps.Add(new MaxPlaintextSizeStep(bytes));

    public override bool ExchangesFinished => handsOver;

    public override void HandOver(Tls12HandOver handOver) => _handOver = handOver.Copy();

    private TaskCompletionSource<HandshakeMessage> TakeWaiting()
    {
        var waiting = _waiting ?? throw new InvalidOperationException("The handshake waits for no message.");
        _waiting = null;
        return waiting;
    }
}
