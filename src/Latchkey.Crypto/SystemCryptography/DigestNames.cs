using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>The base library's names of digests.</summary>
internal static class DigestNames
{
    internal static HashAlgorithmName Of(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        DigestAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new PlatformNotSupportedException($"The .NET base library cannot do this with {algorithm}."),
    };
}
