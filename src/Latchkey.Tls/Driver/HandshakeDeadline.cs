using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Driver;

/// <summary>The handshake timeout beside the caller's own token, and the means to tell afterwards which of them it was.</summary>
internal sealed class HandshakeDeadline : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _callers;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _registration;

    public HandshakeDeadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken callers)
    {
        _timeout = timeout;
        _callers = callers;
        _source = new CancellationTokenSource(timeout, timeProvider);
        _registration = callers.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>Cancelled by either.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether time is up, the caller being content.</summary>
    public bool HasPassed => _source.IsCancellationRequested && !_callers.IsCancellationRequested;

    /// <summary>What a cancellation by the timeout is to the outside. No alert: a peer that let the time pass may well not be reading.</summary>
    public TlsLimitReachedException Exceeded() => new(null, $"The handshake was not finished after {_timeout.TotalSeconds:0.###} s.");

    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
