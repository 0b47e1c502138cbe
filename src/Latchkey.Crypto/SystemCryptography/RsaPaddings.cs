using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>The base library's paddings; its PSS salt is as long as the digest, as TLS wants it.</summary>
internal static class RsaPaddings
{
    internal static RSASignaturePadding Of(SignaturePadding padding) =>
        padding == SignaturePadding.Pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
}
