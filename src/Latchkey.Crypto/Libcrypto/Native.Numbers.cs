using System.Runtime.InteropServices;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>Large numbers. BN_CTX keeps temporaries and is cleared when it is freed; those of numbers marked secret come from it too.</summary>
internal static unsafe partial class Native
{
    /// <summary>The number is secret: operations that look at this flag take the same time whatever it is.</summary>
    internal const int BN_FLG_CONSTTIME = 0x04;

    [LibraryImport(Lib)] internal static partial nint BN_CTX_secure_new();
    [LibraryImport(Lib)] internal static partial void BN_CTX_free(nint context);
    [LibraryImport(Lib)] internal static partial nint BN_new();
    [LibraryImport(Lib)] internal static partial nint BN_bin2bn(byte* bytes, int length, nint number);
    [LibraryImport(Lib)] internal static partial int BN_num_bits(nint number);
    [LibraryImport(Lib)] internal static partial void BN_set_flags(nint number, int flags);
    [LibraryImport(Lib)] internal static partial int BN_is_one(nint number);
    [LibraryImport(Lib)] internal static partial int BN_is_zero(nint number);
    [LibraryImport(Lib)] internal static partial int BN_ucmp(nint a, nint b);
    [LibraryImport(Lib)] internal static partial int BN_add(nint sum, nint a, nint b);
    [LibraryImport(Lib)] internal static partial int BN_usub(nint difference, nint a, nint b);
    [LibraryImport(Lib)] internal static partial int BN_mul(nint product, nint a, nint b, nint context);
    [LibraryImport(Lib)] internal static partial int BN_div(nint quotient, nint remainder, nint number, nint divisor, nint context);
    [LibraryImport(Lib)] internal static partial int BN_mod_mul(nint product, nint a, nint b, nint modulus, nint context);
    [LibraryImport(Lib)] internal static partial nint BN_mod_inverse(nint inverse, nint number, nint modulus, nint context);
    [LibraryImport(Lib)] internal static partial int BN_gcd(nint divisor, nint a, nint b, nint context);
    [LibraryImport(Lib)] internal static partial int BN_mod_exp_mont(nint power, nint number, nint exponent, nint modulus, nint context, nint montgomery);
    [LibraryImport(Lib)] internal static partial int BN_mod_exp_mont_consttime(nint power, nint number, nint exponent, nint modulus, nint context, nint montgomery);
    [LibraryImport(Lib)] internal static partial int BN_priv_rand_range(nint number, nint range);
}
