using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Client.DelegatedCredentials;

/// <summary>A delegated credential with its key, and how long it may be served. Disposing wipes the key.</summary>
/// <param name="Served">What handshakes use.</param>
/// <param name="Pair">Owned.</param>
/// <param name="NotAfter">Its end by the wall clock.</param>
/// <param name="ServedUntil">By the wall clock: some time before its end.</param>
/// <param name="GoodFor">The same by a clock that nobody sets: counted from the question for it. A wrong wall clock then cannot make it last longer than it was asked for.</param>
/// <param name="Asked">Timestamp of the question.</param>
internal sealed record HeldCredential(ServedCredential Served, CredentialPair Pair, DateTimeOffset NotAfter, DateTimeOffset ServedUntil, TimeSpan GoodFor, long Asked) : IDisposable
{
    /// <summary>Whether it may be served now. A client does not believe in one that has more than seven days left (RFC 9345 §4.1.3).</summary>
    public bool IsGood(TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now < ServedUntil && NotAfter - now <= DelegatedCredential.MaxLifetime && time.GetElapsedTime(Asked) < GoodFor;
    }

    public void Dispose() => Pair.Dispose();
}
