using System.Diagnostics;

namespace Latchkey.Demo;

/// <summary>One of the demonstration's processes: this program once more, in a folder of its own.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _errors = [];

    private DemoProcess(string name, string folder, IEnumerable<string> arguments, TextWriter errors)
    {
        Name = name;
        Folder = folder;
        // "dotnet latchkey.dll" has to be started as such again.
        var self = Environment.ProcessPath!;
        var assembly = Path.Combine(AppContext.BaseDirectory, "latchkey.dll");
        var isHost = Path.GetFileNameWithoutExtension(self) == "dotnet";
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(self, isHost ? [assembly, .. arguments] : arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
            EnableRaisingEvents = true,
        };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("ready ", StringComparison.Ordinal) == true)
                _ready.TrySetResult(line.Data);
        };
        _process.ErrorDataReceived += (_, line) => OnError(line.Data, errors);
        _process.Exited += (_, _) => _ready.TrySetException(new IOException($"the demonstration's {name} ended at once"));
    }

    public string Name { get; }

    public string Folder { get; }

    public int Id => _process.Id;

    /// <summary>Completes when it ends, whoever ended it.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Starts this program with these arguments and waits until it says that it is ready.</summary>
    /// <exception cref="IOException">It ended, or said nothing in time; what it wrote is part of the message.</exception>
    public static async Task<DemoProcess> StartAsync(string name, string folder, TextWriter errors, params IReadOnlyList<string> arguments)
    {
        var process = new DemoProcess(name, folder, [.. arguments, "--log-level", "warning", "--stop-at-end-of-input"], errors);
        process._process.Start();
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        try
        {
            await process._ready.Task.WaitAsync(Patience);
            return process;
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            await process.DisposeAsync();
            throw new IOException($"the demonstration's {name} did not start: {string.Join(" | ", process._errors.Take(5))}", e);
        }
    }

    /// <summary>Asks it to stop by ending its input, and kills it where it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await Ended.WaitAsync(TimeSpan.FromSeconds(8));
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private void OnError(string? line, TextWriter errors)
    {
        if (string.IsNullOrEmpty(line))
            return;
        lock (_errors)
            _errors.Add(line);
        if (_ready.Task.IsCompletedSuccessfully)
            errors.WriteLine($"  [{Name}] {line}");
    }
}
