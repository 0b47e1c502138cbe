using System.Security.Cryptography;
using System.Text;
using Latchkey.KeyStores;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Keys;

/// <summary>
/// Reloads when key files change. It looks at names, lengths and times at intervals rather than waiting for notifications, which do
/// not come for network file systems and for the symbolic links that mounted secrets are swapped by.
/// </summary>
internal sealed class KeyWatcher : IAsyncDisposable
{
    // Looking at files may take this share of the interval, so that ten thousand keys do not cost a processor.
    private const int Leisure = 50;

    private readonly CurrentOptions _options;
    private readonly KeyStoreSet _stores;
    private readonly Action _reload;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _watching;

    /// <param name="options">Name the files: asked at each look.</param>
    /// <param name="stores">Say which files the keys at URIs depend on.</param>
    /// <param name="reload">Called after a change; it logs what it throws as <see cref="KeyFilesException"/>.</param>
    /// <param name="interval">Zero: never.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">For failures of the watch itself.</param>
    public KeyWatcher(CurrentOptions options, KeyStoreSet stores, Action reload, TimeSpan interval, TimeProvider time, ILogger log)
    {
        _options = options;
        _stores = stores;
        _reload = reload;
        _time = time;
        _log = log;
        var loaded = Look();
        _watching = interval > TimeSpan.Zero ? Task.Run(() => WatchAsync(loaded, interval)) : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private async Task WatchAsync(string loaded, TimeSpan interval)
    {
        var before = loaded;
        while (await WaitAsync(interval))
        {
            var began = _time.GetTimestamp();
            var now = Look();
            // What changed and then stood still for an interval is complete; a file being written is not.
            if (now != loaded && now == before)
            {
                TryReload();
                loaded = now; // also after a failure: a bad file is reported once, not every second
            }
            before = now;
            interval = TimeSpan.FromTicks(Math.Max(interval.Ticks, _time.GetElapsedTime(began).Ticks * Leisure));
        }
    }

    private async Task<bool> WaitAsync(TimeSpan interval)
    {
        try
        {
            await Task.Delay(interval, _time, _stopping.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void TryReload()
    {
        try
        {
            _reload();
        }
        catch (KeyFilesException)
        {
            // It has been logged, and the old keys are kept.
        }
        catch (Exception e)
        {
            _log.WatchFailed(e);
        }
    }

    private string Look()
    {
        var seen = new StringBuilder();
        var options = _options.Value;
        foreach (var source in options.Keys)
        {
            try
            {
                foreach (var file in FilesOf(source))
                    Describe(file, seen);
            }
            catch (Exception e) when (e is KeyFilesException or KeyStoreException)
            {
                seen.AppendLine(e.Message);
            }
        }
        foreach (var file in options.PreSharedKeys.Select(source => source.Path).Concat(options.RevocationFiles))
            Describe(file, seen);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(seen.ToString())));
    }

    private IEnumerable<string> FilesOf(KeySource source) =>
    [
        .. source.Uri is { } uri ? _stores.FilesOf(uri) : KeyFolder.List(source.Place).Select(entry => entry.Path),
        .. source.Certificates is { } certificates ? KeyFolder.ListCertificates(certificates) : [],
        .. source.PassphraseFile is { } file ? [file] : Array.Empty<string>(),
    ];

    private static void Describe(string file, StringBuilder seen)
    {
        seen.Append(file);
        try
        {
            // Through a handle, because links must be followed to where they lead now.
            using var handle = File.OpenHandle(file);
            seen.Append(' ').Append(RandomAccess.GetLength(handle)).Append(' ').Append(File.GetLastWriteTimeUtc(handle).Ticks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            seen.Append(' ').Append(e.GetType().Name);
        }
        seen.AppendLine();
    }
}
