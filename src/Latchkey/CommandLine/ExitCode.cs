namespace Latchkey.CommandLine;

/// <summary>What the shell is told.</summary>
internal static class ExitCode
{
    /// <summary>Done, or stopped after SIGTERM.</summary>
    public const int Success = 0;

    /// <summary>It could not be done: an address is taken, a check failed.</summary>
    public const int Failure = 1;

    /// <summary>The configuration or the command line is wrong.</summary>
    public const int BadConfiguration = 2;
}
