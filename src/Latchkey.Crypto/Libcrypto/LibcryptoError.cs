using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>The thread's error queue, which has to be emptied: .NET's own cryptography reads the same one.</summary>
internal static unsafe class LibcryptoError
{
    /// <summary>An exception that says what was attempted and libcrypto's first reason; empties the queue.</summary>
    internal static CryptographicException Take(string attempted)
    {
        nuint error = Native.ERR_get_error();
        Native.ERR_clear_error();
        if (error == 0)
            return new CryptographicException($"{attempted}: libcrypto gave no reason.");
        Span<byte> text = stackalloc byte[256];
        fixed (byte* pointer = text)
            Native.ERR_error_string_n(error, pointer, (nuint)text.Length);
        int length = text.IndexOf((byte)0);
        return new CryptographicException($"{attempted}: {Encoding.UTF8.GetString(text[..Math.Max(length, 0)])}");
    }

    /// <summary>Forgets what is in the queue: the failure is an ordinary answer (a wrong tag, a bad signature).</summary>
    internal static void Clear() => Native.ERR_clear_error();

    /// <summary>Throws unless <paramref name="result"/> is 1.</summary>
    internal static void ThrowUnlessDone(int result, string attempted)
    {
        if (result != 1)
            throw Take(attempted);
    }
}
