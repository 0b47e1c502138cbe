namespace Latchkey.Crypto.Libcrypto;

/// <summary>One pool of contexts per padding and digest, made when first asked for.</summary>
internal sealed class SchemePools(Func<SignaturePadding, DigestAlgorithm, nint> create) : IDisposable
{
    private const int Paddings = 3;
    private const int Digests = 6;

    private readonly ContextPool?[] _pools = new ContextPool?[Paddings * Digests];

    internal ContextPool For(SignaturePadding padding, DigestAlgorithm digest)
    {
        ref ContextPool? slot = ref _pools[((int)padding * Digests) + (int)digest];
        if (Volatile.Read(ref slot) is { } known)
            return known;
        var fresh = new ContextPool(() => create(padding, digest));
        return Interlocked.CompareExchange(ref slot, fresh, null) ?? fresh;
    }

    public void Dispose()
    {
        foreach (ContextPool? pool in _pools)
            pool?.Dispose();
    }
}
