using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployed;

/// <summary>How the deployed protocol names keys.</summary>
internal static class Ski
{
    /// <summary>SHA-1 of the contents of the subjectPublicKey BIT STRING.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "The protocol names keys by SHA-1; nothing rests on its strength.")]
    public static byte[] Of(TestCertificate certificate)
    {
        using var parsed = certificate.WithoutPrivateKey();
        return SHA1.HashData(parsed.PublicKey.EncodedKeyValue.RawData);
    }

    /// <summary>SHA-256 of the upper-case hexadecimal RSA modulus.</summary>
    public static byte[] ModulusDigest(RSA key) =>
        SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(key.ExportParameters(false).Modulus!)));
}
