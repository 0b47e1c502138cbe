namespace Latchkey.Testing;

/// <summary>What became of a program that ran to its end.</summary>
public sealed record ChildResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Both outputs, for messages and for programs that write to either.</summary>
    public string All => Output + Errors;

    /// <summary>Itself, when it ended with 0.</summary>
    /// <exception cref="InvalidOperationException">Another exit code; the message carries what the program wrote.</exception>
    public ChildResult Succeeded() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"exit {ExitCode}\n{All}");
}
