using System.CommandLine;
using System.Runtime.InteropServices;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Prints the version, the runtime and the cryptography library.");
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            output.WriteLine($"latchkey {Program.Version}");
            output.WriteLine($"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})");
            output.WriteLine($"cryptography: {Latchkey.Crypto.CryptoProvider.Default.Name}");
        });
        return command;
    }
}
