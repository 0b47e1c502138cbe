using System.Reflection;
using Latchkey.CommandLine;

namespace Latchkey;

internal static class Program
{
    /// <summary>As in <c>latchkey version</c>: without the commit that the build appends.</summary>
    public static string Version { get; } =
        typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static Task<int> Main(string[] args) => LatchkeyCommand.RunAsync(args, Console.Out, Console.Error);
}
