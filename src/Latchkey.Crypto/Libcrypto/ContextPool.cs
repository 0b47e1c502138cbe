namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// EVP_PKEY_CTXs set up for one operation, kept for the next: setting one up (fetch, parameters) costs up to a fifth of a
/// P-256 signature. Thread-safe. A context holds its own reference to the key.
/// </summary>
internal sealed class ContextPool(Func<nint> create) : IDisposable
{
    private readonly nint[] _idle = new nint[Environment.ProcessorCount * 2];
    private volatile bool _closed;

    ~ContextPool() => Drain();

    internal nint Rent()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        for (int i = 0; i < _idle.Length; i++)
        {
            nint context = Volatile.Read(ref _idle[i]);
            if (context != 0 && Interlocked.CompareExchange(ref _idle[i], 0, context) == context)
                return context;
        }
        return create();
    }

    internal void Return(nint context)
    {
        for (int i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], context, 0) != 0)
                continue;
            // Disposed meanwhile: the drain may have passed this slot already.
            if (_closed)
                Drain();
            return;
        }
        Native.EVP_PKEY_CTX_free(context);
    }

    /// <summary>Frees the idle contexts; those at work are freed when they come back.</summary>
    public void Dispose()
    {
        _closed = true;
        Drain();
        GC.SuppressFinalize(this);
    }

    private void Drain()
    {
        foreach (ref nint slot in _idle.AsSpan())
        {
            nint context = Interlocked.Exchange(ref slot, 0);
            if (context != 0)
                Native.EVP_PKEY_CTX_free(context);
        }
    }
}
