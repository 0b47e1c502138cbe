using System.Runtime.InteropServices;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// libcrypto's functions under their own names, pointers as <see cref="nint"/>. All of them exist in every 3.x and are not
/// deprecated there. Return 1 for success unless said otherwise; a failure leaves entries in the thread's error queue
/// (<see cref="LibcryptoError"/>).
/// </summary>
internal static unsafe partial class Native
{
    private const string Lib = LibcryptoLibrary.ImportName;

    [LibraryImport(Lib)] internal static partial int OPENSSL_init_crypto(ulong options, nint settings);
    [LibraryImport(Lib)] internal static partial nint OpenSSL_version(int type);
    [LibraryImport(Lib)] internal static partial void CRYPTO_free(nint pointer, nint file, int line);

    [LibraryImport(Lib)] internal static partial nuint ERR_get_error();
    [LibraryImport(Lib)] internal static partial void ERR_clear_error();
    [LibraryImport(Lib)] internal static partial void ERR_error_string_n(nuint error, byte* buffer, nuint length);
}
