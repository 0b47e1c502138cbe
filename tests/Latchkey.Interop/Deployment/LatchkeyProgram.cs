using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>The built program, as its users start it.</summary>
internal static class LatchkeyProgram
{
    private const string Configuration =
#if DEBUG
        "Debug";
#else
        "Release";
#endif

    public static string Path { get; } = RepositoryRoot.File("src", "Latchkey", "bin", Configuration, "net10.0", "latchkey");

    public static Task<ChildResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync(Path, arguments);
}
