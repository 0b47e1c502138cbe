using Latchkey.Edge;
using Latchkey.Testing;

namespace Latchkey.Tests.Edge;

public sealed class FileWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _watching = new();
    private readonly string _file;
    private readonly FileWatch _watch;

    public FileWatchTests()
    {
        _file = _folder.Write("one.pem", "first");
        _watch = new FileWatch(TimeSpan.FromMilliseconds(20), TimeProvider.System, () => [_file]);
    }

    [Fact]
    public async Task What_changes_while_the_files_are_read_again_is_a_change_of_its_own()
    {
        var read = new List<string>();
        var running = _watch.RunAsync(
            () =>
            {
                read.Add(File.ReadAllText(_file));
                if (read.Count == 1)
                    Put("third"); // after it was read
                return Task.CompletedTask;
            },
            _watching.Token);

        Put("second");

        await Eventually.TrueAsync(() => read.Count == 2);
        Assert.Equal(["second", "third"], read);
        await _watching.CancelAsync();
        await running;
    }

    [Fact]
    public async Task What_changes_before_the_watch_runs_is_noticed()
    {
        Put("second");
        var calls = 0;
        var running = _watch.RunAsync(
            () =>
            {
                calls++;
                return Task.CompletedTask;
            },
            _watching.Token);

        await Eventually.TrueAsync(() => calls == 1);
        await _watching.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_reload_that_throws_does_not_end_the_watch()
    {
        var calls = 0;
        var running = _watch.RunAsync(() => ++calls == 1 ? throw new OperationCanceledException() : Task.CompletedTask, _watching.Token);

        Put("second");
        await Eventually.TrueAsync(() => calls == 1);
        Put("third");

        await Eventually.TrueAsync(() => calls == 2);
        await _watching.CancelAsync();
        await running;
    }

    public void Dispose()
    {
        _watching.Dispose();
        _folder.Dispose();
    }

    // At one moment, as a renewal does it.
    private void Put(string content) => File.Move(_folder.Write("new.pem", content), _file, overwrite: true);
}
