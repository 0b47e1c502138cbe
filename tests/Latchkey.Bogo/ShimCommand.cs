using System.Globalization;

namespace Latchkey.Bogo;

/// <summary>The runner's command line: where it listens, how many connections it wants, and what each is to be like.</summary>
internal sealed class ShimCommand
{
    private readonly ShimFlags _initial = new();
    private readonly ShimFlags _resumed = new();

    public int Port { get; private set; }

    public ulong ShimId { get; private set; }

    public bool IsIPv6 { get; private set; }

    public bool AsksForHandshaker { get; private set; }

    public bool IsServer { get; private set; }

    /// <summary>Further connections after the first, on each of which the runner's client would resume.</summary>
    public int ResumeCount { get; private set; }

    /// <param name="connection">From 0.</param>
    public ShimFlags FlagsOf(int connection) => connection == 0 ? _initial : _resumed;

    /// <exception cref="UnimplementedException">A flag is for something that the engine does not do.</exception>
    public static ShimCommand Parse(string[] arguments)
    {
        var command = new ShimCommand();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var name))
        {
            // A flag may be set twice, for the first connection and for the others: its value is taken once.
            string? value = null;
            command.Set(name, () => value ??= rest.Dequeue());
        }

        return command.IsServer || command.AsksForHandshaker ? command : throw new UnimplementedException("client role");
    }

    private void Set(string name, Func<string> value)
    {
        switch (name)
        {
            case "-port": Port = int.Parse(value(), CultureInfo.InvariantCulture); break;
            case "-shim-id": ShimId = ulong.Parse(value(), CultureInfo.InvariantCulture); break;
            case "-ipv6": IsIPv6 = true; break;
            case "-is-handshaker-supported": AsksForHandshaker = true; break;
            case "-server": IsServer = true; break;
            case "-resume-count": ResumeCount = int.Parse(value(), CultureInfo.InvariantCulture); break;
            default: SetForConnections(name, value); break;
        }
    }

    /// <summary>A prefix restricts a flag to the first connection or to those after it.</summary>
    private void SetForConnections(string name, Func<string> value)
    {
        const string initial = "-on-initial", resumed = "-on-resume";
        if (name.StartsWith(initial + "-", StringComparison.Ordinal))
        {
            _initial.Set(name[initial.Length..], value);
        }
        else if (name.StartsWith(resumed + "-", StringComparison.Ordinal))
        {
            _resumed.Set(name[resumed.Length..], value);
        }
        else
        {
            _initial.Set(name, value);
            _resumed.Set(name, value);
        }
    }
}

/// <summary>The runner is told, by an exit code of its own, that a test does not concern this engine.</summary>
internal sealed class UnimplementedException(string what) : Exception(what);
