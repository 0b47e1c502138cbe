using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;

namespace Latchkey.Client.OnDemand;

/// <summary>Where one key is while its time lasts. Handshakes that need it at once share one question.</summary>
internal sealed class FetchedKeyPlace(Func<HandshakeFacts, CancellationToken, ValueTask<FetchedKey>> fetch, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private FetchedKey? _key;
    private ITimer? _end;
    private Task<FetchedKey>? _fetching;
    private bool _disposed;

    /// <summary>The caller releases it.</summary>
    public async ValueTask<FetchedKey> LeaseAsync(HandshakeFacts handshake, CancellationToken cancellationToken)
    {
        Task<FetchedKey> fetching;
        lock (_gate)
        {
            if (_disposed)
                throw new KeyHolderFailedException("The client of the key server has been closed.");
            if (_key is { } key && key.TryLease())
                return key;
            fetching = _fetching ??= FetchAsync(handshake);
        }
        var fetched = await fetching.WaitAsync(cancellationToken);
        // Granted for one operation only, it is gone before everybody has it: each then asks for itself.
        return fetched.TryLease() ? fetched : await fetch(handshake, cancellationToken);
    }

    /// <summary>Wipes it, if need be when the operations under way are done.</summary>
    public void Dispose()
    {
        lock (_gate)
            _disposed = true;
        Wipe();
    }

    // Not with the token of the first that asks: the others would fail with it. The client's request timeout bounds it.
    private async Task<FetchedKey> FetchAsync(HandshakeFacts handshake)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var asked = time.GetTimestamp();
        try
        {
            var key = await fetch(handshake, CancellationToken.None);
            Keep(key, key.Granted - time.GetElapsedTime(asked));
            return key;
        }
        finally
        {
            lock (_gate)
                _fetching = null;
        }
    }

    // The time counts from the question: what the way took is not added to it.
    private void Keep(FetchedKey key, TimeSpan left)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _key = key;
                _end = time.CreateTimer(static place => ((FetchedKeyPlace)place!).Wipe(), this, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        key.Release();
    }

    private void Wipe()
    {
        FetchedKey? key;
        lock (_gate)
        {
            key = _key;
            _key = null;
            _end?.Dispose();
            _end = null;
        }
        key?.Release();
    }
}
