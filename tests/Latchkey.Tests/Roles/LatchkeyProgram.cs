using Latchkey.Testing;

namespace Latchkey.Tests.Roles;

/// <summary>The program as an operator starts it: a process of its own.</summary>
internal static class LatchkeyProgram
{
    public static string File { get; } = Path.Combine(AppContext.BaseDirectory, "latchkey");

    public static ChildProcess Start(params string[] arguments) => ChildProcess.Start(File, arguments);

    public static Task<ChildResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync(File, arguments);

    /// <summary>The address in a <c>ready</c> or <c>admin</c> line.</summary>
    public static async Task<string> AddressAsync(this ChildProcess process, string line) =>
        (await process.WaitForLineAsync(text => text.StartsWith(line + " ", StringComparison.Ordinal), line))[(line.Length + 1)..];
}
