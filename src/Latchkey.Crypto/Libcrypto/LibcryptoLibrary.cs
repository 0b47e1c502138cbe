using System.Reflection;
using System.Runtime.InteropServices;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>Finds libcrypto 3.x, the library .NET itself uses on Linux, so that only one copy lives in the process.</summary>
internal static class LibcryptoLibrary
{
    /// <summary>The name in every import; <see cref="Resolve"/> turns it into a file.</summary>
    internal const string ImportName = "latchkey-libcrypto";

    // OPENSSL_INIT_NO_ATEXIT: an exit handler would free tables under threads that still run, as .NET's own shim also avoids.
    private const ulong InitNoAtExit = 0x00080000;

    private static readonly nint Library = Load();

    /// <summary>Whether a libcrypto 3.x was found and started.</summary>
    internal static bool IsAvailable { get; } = Start();

    /// <summary>For example <c>3.0.19</c>; empty where the library is absent.</summary>
    internal static string Version { get; } = IsAvailable ? ReadVersion() : "";

    private static nint Load()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsFreeBSD())
            return 0;
        foreach (string name in (ReadOnlySpan<string>)["libcrypto.so.3", "libcrypto.so"])
        {
            if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "EVP_CIPHER_fetch", out _))
                return library;
        }
        return 0;
    }

    private static bool Start()
    {
        if (Library == 0)
            return false;
        NativeLibrary.SetDllImportResolver(typeof(LibcryptoLibrary).Assembly, Resolve);
        return Native.OPENSSL_init_crypto(InitNoAtExit, 0) == 1;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths) => name == ImportName ? Library : 0;

    private static string ReadVersion()
    {
        const int fullVersionString = 7;
        return Marshal.PtrToStringUTF8(Native.OpenSSL_version(fullVersionString)) ?? "3";
    }
}
