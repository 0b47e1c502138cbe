using System.Runtime.InteropServices;

namespace Latchkey.Crypto;

/// <summary>
/// Keeps the memory of this process out of swap and core files, for processes that hold a key which must not outlive its time (catalogue S6). The whole process,
/// because a key in use is not in one place: libcrypto computes with its primes in memory of its own.
/// </summary>
public static partial class LockedMemory
{
    private const int Current = 1;
    private const int Future = 2;
    private const int OnFault = 4; // locks a page once it is touched: the collector reserves far more than there is
    private const int SetDumpable = 4;

    private static readonly Lock Gate = new();
    private static bool _locked;

    /// <summary>Locks what is there and what will come. May be called again; cannot be undone.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux, or not allowed; the message says what is needed.</exception>
    public static void Require()
    {
        lock (Gate)
        {
            if (_locked)
                return;
            if (!OperatingSystem.IsLinux())
                throw new PlatformNotSupportedException("memory can be locked on Linux only");
            if (MLockAll(Current | Future | OnFault) != 0)
                throw new PlatformNotSupportedException(
                    $"memory cannot be locked: {Marshal.GetLastPInvokeErrorMessage()} (expected LimitMEMLOCK=infinity, or the capability CAP_IPC_LOCK)");
            _ = ProcessControl(SetDumpable, 0, 0, 0, 0);
            _locked = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    private static partial int MLockAll(int flags);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint first, nuint second, nuint third, nuint fourth);
}
