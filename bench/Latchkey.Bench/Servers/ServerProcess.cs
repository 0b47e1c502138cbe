using System.Diagnostics;
using System.Net.Sockets;

namespace Latchkey.Bench.Servers;

/// <summary>A server under test: a process (and its children) whose CPU time is read from /proc.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly double TicksPerSecond = 100; // USER_HZ is 100 on every Linux that .NET runs on
    private readonly Process _process;

    private ServerProcess(string name, int port, Process process)
    {
        Name = name;
        Port = port;
        _process = process;
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>Starts it and waits until the port accepts, 20 s at most.</summary>
    public static async Task<ServerProcess> StartAsync(string name, int port, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var errors = new System.Text.StringBuilder();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => { lock (errors) if (errors.Length < 4096) errors.AppendLine(e.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(name, port, process);
        for (var i = 0; i < 200; i++)
        {
            if (process.HasExited)
                break;
            if (await AcceptsAsync(port))
                return server;
            await Task.Delay(100);
        }
        server.Dispose();
        throw new InvalidOperationException($"{name} does not accept on port {port}: {errors}");
    }

    /// <summary>User and system time of the process and its descendants so far, in seconds.</summary>
    public double CpuSeconds() => Descendants(_process.Id).Sum(CpuSecondsOf);

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit(5000);
        _process.Dispose();
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static IEnumerable<int> Descendants(int pid)
    {
        yield return pid;
        var file = $"/proc/{pid}/task/{pid}/children";
        var children = File.Exists(file) ? File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        foreach (var child in children)
            foreach (var descendant in Descendants(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture)))
                yield return descendant;
    }

    private static double CpuSecondsOf(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        // Fields after the parenthesised command name: utime and stime are the 14th and 15th of proc(5).
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture) + double.Parse(fields[12], System.Globalization.CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
