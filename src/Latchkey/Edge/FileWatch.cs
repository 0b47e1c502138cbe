using System.Security.Cryptography;

namespace Latchkey.Edge;

/// <summary>
/// Notices that files were renewed: certificates, local keys, a configuration. Looks every few seconds at what the files hold, not at events or dates:
/// renewals replace links (certbot) or whole folders behind a link (Kubernetes), of which the file itself tells nothing.
/// </summary>
/// <param name="current">The files, asked at each look.</param>
internal sealed class FileWatch(TimeSpan interval, TimeProvider timeProvider, Func<IEnumerable<string>> current)
{
    // The first look, before anybody reads the files for whom this watches.
    private readonly Dictionary<string, string> _atFirst = Look(current(), []);

    /// <summary>Calls <paramref name="changed"/> whenever a file's content is another than at the last look and has settled,
    /// until the token is cancelled.</summary>
    /// <param name="changed">Reads the files again, and says itself what fails: it is called again at the next change, whatever it throws.</param>
    public async Task RunAsync(Func<Task> changed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, timeProvider);
        var known = _atFirst;
        var seen = known;
        while (await NextAsync(timer, cancellationToken))
        {
            var now = Look(current(), []);
            // Twice the same: certificate and key are two files, and one of them may just be being written.
            if (!IsSame(now, known) && IsSame(now, seen))
            {
                await TellAsync(changed);
                // As they were before they were read again: what was written meanwhile is a change of its own. Files that are new among them have not been looked at yet.
                known = Look(current(), now);
            }

            seen = now;
        }
    }

    private static async Task TellAsync(Func<Task> changed)
    {
        try
        {
            await changed();
        }
        catch (Exception)
        {
            // See above.
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

    /// <param name="known">What has been looked at already.</param>
    private static Dictionary<string, string> Look(IEnumerable<string> files, Dictionary<string, string> known) =>
        files.Distinct(StringComparer.Ordinal).ToDictionary(file => file, file => known.GetValueOrDefault(file) ?? DigestOf(file), StringComparer.Ordinal);

    private static bool IsSame(Dictionary<string, string> one, Dictionary<string, string> other) =>
        one.Count == other.Count && one.All(file => other.GetValueOrDefault(file.Key) == file.Value);

    private static string DigestOf(string file)
    {
        try
        {
            var content = File.ReadAllBytes(file);
            var digest = SHA256.HashData(content);
            // It may have been a key.
            CryptographicOperations.ZeroMemory(content);
            return Convert.ToHexString(digest);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone for a moment, perhaps; the next look will tell.
            return "";
        }
    }
}
