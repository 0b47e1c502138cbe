using System.Globalization;
using Latchkey.Testing;

namespace Latchkey.Tls.AspNetCore.Tests.Harness;

/// <summary>OpenSSL's own client.</summary>
internal static class OpenSsl
{
    /// <summary>Sends a request, reads to the end.</summary>
    public static async Task<(int ExitCode, string Output)> GetAsync(int port, string request)
    {
        var result = await ChildProcess.RunAsync(
            Tool.SkipUnless("openssl"),
            ["s_client", "-connect", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "-servername", "example.test", "-quiet", "-ign_eof"],
            input: request);
        return (result.ExitCode, result.All);
    }
}
