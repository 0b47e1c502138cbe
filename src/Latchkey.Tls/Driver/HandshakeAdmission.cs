using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Driver;

/// <summary>Counts unfinished handshakes: each costs a signature and memory before its client is known at all.</summary>
internal sealed class HandshakeAdmission
{
    private int _unfinished;

    /// <summary>Enters; disposing the pass leaves.</summary>
    /// <exception cref="TlsLimitReachedException">Full. There is no alert: it would invite the peer to wait.</exception>
    public Pass Enter(int limit)
    {
        if (Interlocked.Increment(ref _unfinished) <= limit)
            return new Pass(this);
        Interlocked.Decrement(ref _unfinished);
        throw new TlsLimitReachedException(null, $"{limit} handshakes are unfinished already.");
    }

    /// <summary>One handshake.</summary>
    public readonly struct Pass(HandshakeAdmission admission) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref admission._unfinished);
    }
}
