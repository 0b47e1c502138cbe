using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Latchkey.Testing;

/// <summary>
/// A program started by a test: both outputs captured, lines waited for, signals sent. It never outlives the test program:
/// disposing kills it with its children, and so does the end of this process.
/// </summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly ConcurrentDictionary<ChildProcess, bool> Alive = new();
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<string> _lines = [];
    private int _openOutputs = 2;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Alive.Keys)
        {
            child.Kill();
        }
    };

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote on standard output so far.</summary>
    public string Output
    {
        get { lock (_lines) { return _output.ToString(); } }
    }

    /// <summary>What it wrote on standard error so far.</summary>
    public string Errors
    {
        get { lock (_lines) { return _errors.ToString(); } }
    }

    /// <summary>Every line of both outputs, in order of arrival.</summary>
    public IReadOnlyList<string> Lines
    {
        get { lock (_lines) { return [.. _lines]; } }
    }

    /// <summary>Standard input; what is written is flushed at once.</summary>
    public StreamWriter Input => _process.StandardInput;

    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Add(line.Data, child._output);
        child._process.ErrorDataReceived += (_, line) => child.Add(line.Data, child._errors);
        child._process.Start();
        Alive.TryAdd(child, true);
        child._process.StandardInput.AutoFlush = true;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end; standard input is <paramref name="input"/> and then closed.</summary>
    /// <exception cref="TimeoutException">It did not end in time; the message carries what it wrote.</exception>
    public static async Task<ChildResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        string? folder = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        TimeSpan? timeout = null)
    {
        await using var child = Start(program, arguments, folder, environment);
        try
        {
            await child.Input.WriteAsync(input ?? "");
            child.Input.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; its exit code and output say why.
        }

        var exit = await child.WaitForExitAsync(timeout);
        return new ChildResult(exit, child.Output, child.Errors);
    }

    /// <summary>The first line, of either output, that contains <paramref name="text"/>; one already written counts.</summary>
    /// <exception cref="TimeoutException">No such line in time, or the program ended; the message carries what it wrote.</exception>
    public Task<string> WaitForLineAsync(string text, TimeSpan? timeout = null) =>
        WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), text, timeout);

    public async Task<string> WaitForLineAsync(Func<string, bool> matches, string description, TimeSpan? timeout = null)
    {
        var deadline = Stopwatch.StartNew();
        var patience = timeout ?? Patience;
        var seen = 0;
        while (true)
        {
            bool ended;
            Task grown;
            lock (_lines)
            {
                // Not when it has exited: what it wrote last may still be on its way.
                ended = _openOutputs == 0;
                for (; seen < _lines.Count; seen++)
                {
                    if (matches(_lines[seen]))
                    {
                        return _lines[seen];
                    }
                }

                grown = _grown.Task;
            }

            if (ended || deadline.Elapsed > patience)
            {
                throw new TimeoutException(Describe($"no line with '{description}'"));
            }

            await Task.WhenAny(grown, Task.Delay(100));
        }
    }

    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null)
    {
        using var patience = new CancellationTokenSource(timeout ?? Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(Describe("did not end in time"));
        }

        return _process.ExitCode;
    }

    /// <summary>Asks it to end, as a service manager does.</summary>
    public void Terminate() => Send(Signal.Terminate);

    public void Send(Signal signal)
    {
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, (int)signal);
        }
    }

    /// <summary>Ends it and its children at once (SIGKILL).</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // Already gone.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!Alive.TryRemove(this, out _))
        {
            return;
        }

        Kill();
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience);
        _process.Dispose();
    }

    /// <param name="line">null: that output has ended.</param>
    private void Add(string? line, StringBuilder to)
    {
        TaskCompletionSource grown;
        lock (_lines)
        {
            if (line is null)
            {
                _openOutputs--;
            }
            else
            {
                to.Append(line).Append('\n');
                _lines.Add(line);
            }

            grown = _grown;
            _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.SetResult();
    }

    private string Describe(string what) =>
        $"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}: {what}"
        + (_process.HasExited ? $" (exit {_process.ExitCode})" : "") + "\n" + string.Join('\n', Lines);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);
}
