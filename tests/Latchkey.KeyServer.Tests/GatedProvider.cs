using System.Collections.Concurrent;

namespace Latchkey.KeyServer.Tests;

/// <summary>The default provider, whose private keys keep what they sign waiting while a test says so, and remember in which order it came.</summary>
internal sealed class GatedProvider : FaultyProvider, IDisposable
{
    private readonly ManualResetEventSlim _open = new(initialState: true);

    /// <summary>Digests, those that wait included.</summary>
    public ConcurrentQueue<byte[]> Signed { get; } = [];

    public void Hold() => _open.Reset();

    public void LetThrough() => _open.Set();

    public void Dispose() => _open.Dispose();

    protected override void Signing(ReadOnlySpan<byte> hash)
    {
        Signed.Enqueue(hash.ToArray());
        _open.Wait();
    }
}
