using System.Security.Cryptography;

namespace Latchkey.Edge;

/// <summary>
/// Notices that files were renewed: certificates, local keys, a configuration. Looks every few seconds at what the files hold, not at events or dates:
/// renewals replace links (certbot) or whole folders behind a link (Kubernetes), of which the file itself tells nothing.
/// </summary>
internal sealed class FileWatch(TimeSpan interval, TimeProvider timeProvider)
{
    /// <summary>Calls <paramref name="changed"/> whenever a file's content is another than at the last look and has settled,
    /// until the token is cancelled.</summary>
    /// <param name="current">The files, asked at each look.</param>
    public async Task RunAsync(Func<IEnumerable<string>> current, Func<Task> changed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, timeProvider);
        var known = Fingerprint(current());
        var seen = known;
        while (await NextAsync(timer, cancellationToken))
        {
            var now = Fingerprint(current());
            // Twice the same: certificate and key are two files, and one of them may just be being written.
            if (now != known && now == seen)
            {
                await changed();
                known = Fingerprint(current());
            }

            seen = now;
        }
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string Fingerprint(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
            Append(hash, file);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string file)
    {
        try
        {
            var content = File.ReadAllBytes(file);
            hash.AppendData(content);
            // It may have been a key.
            CryptographicOperations.ZeroMemory(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone for a moment, perhaps; the next look will tell.
            hash.AppendData([0]);
        }
    }
}
