using System.Runtime.InteropServices;

namespace Latchkey.Testing;

/// <summary>
/// SoftHSM in a process of its own, asked through p11-kit's socket as a network HSM is through its maker's module: it can be killed and come back. One for a test process, because its module finds it by the
/// process's environment.
/// </summary>
public sealed partial class RemoteToken(SoftHsm hsm) : IAsyncDisposable
{
    private readonly string _socket = Path.Combine(Path.GetDirectoryName(hsm.Configuration)!, "p11");
    private ChildProcess? _server;

    public static string Module { get; } = new[] { "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so", "/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so", "/usr/lib64/pkcs11/p11-kit-client.so" }
        .FirstOrDefault(File.Exists) ?? "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";

    /// <summary>Whether everything is there; else the test skips, naming what is missing.</summary>
    public static string SkipUnlessInstalled() => File.Exists(Module) ? Tool.SkipUnless("p11-kit", "softhsm2-util") : Tool.SkipUnless("p11-kit-client.so");

    public async Task StartAsync()
    {
        _ = setenv("P11_KIT_SERVER_ADDRESS", $"unix:path={_socket}", 1);
        File.Delete(_socket);
        _server = ChildProcess.Start(
            Tool.SkipUnless("p11-kit"), ["server", "-f", "-n", _socket, "--provider", SoftHsm.Module, "pkcs11:"], environment: hsm.Environment);
        while (!File.Exists(_socket))
        {
            if (_server.HasExited)
                throw new InvalidOperationException($"p11-kit server: {string.Join('\n', _server.Lines)}");
            await Task.Delay(10);
        }
    }

    /// <summary>SIGKILL, with whatever it was doing.</summary>
    public async Task KillAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}
