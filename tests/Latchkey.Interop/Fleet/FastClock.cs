using System.Collections.Concurrent;
using System.Globalization;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>
/// libfaketime for real programs: their time of day runs faster than it is, in jumps, and each may be ahead or behind. Only the time of day: what is waited for by the
/// monotonic clock takes as long as ever, as on a machine whose clock is wrong.
/// </summary>
internal sealed class FastClock : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib64/faketime", "/usr/lib/faketime"];

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, TimeSpan> _ahead = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly DateTimeOffset _begun = DateTimeOffset.UtcNow;
    private readonly double _rate;
    private readonly string _library;
    private readonly Task _running;

    private FastClock(double rate, string library)
    {
        (_rate, _library) = (rate, library);
        _running = RunAsync();
    }

    /// <summary>What time it is by this clock.</summary>
    public DateTimeOffset Now => _begun + ((DateTimeOffset.UtcNow - _begun) * _rate);

    /// <summary>The test is skipped where libfaketime is not installed.</summary>
    public static FastClock SkipUnlessThere(double rate)
    {
        Tool.SkipUnless("faketime");
        var library = Places.Select(place => Path.Combine(place, "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(library is null, "not installed: libfaketimeMT.so.1");
        return new FastClock(rate, library!);
    }

    /// <summary>For one process, whose clock is ahead by so much (or behind).</summary>
    public IReadOnlyDictionary<string, string?> Environment(TimeSpan ahead)
    {
        var file = _folder.File($"clock-{_ahead.Count}");
        Set(file, ahead);
        _ahead[file] = ahead;
        return new Dictionary<string, string?>
        {
            ["LD_PRELOAD"] = _library,
            // Not libfaketime's own rate: it divides waits by it, too.
            ["FAKETIME_TIMESTAMP_FILE"] = file,
            ["FAKETIME_CACHE_DURATION"] = "0",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _folder.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach (var (file, ahead) in _ahead)
                    Set(file, ahead);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Set(string file, TimeSpan ahead)
    {
        File.WriteAllText(file + ".next", string.Create(CultureInfo.InvariantCulture, $"{(Now + ahead - DateTimeOffset.UtcNow).TotalSeconds:+0.000;-0.000}\n"));
        File.Move(file + ".next", file, overwrite: true);
    }
}
