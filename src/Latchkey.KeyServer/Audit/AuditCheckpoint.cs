using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Audit;

/// <summary>
/// Signs the chain with the key server's own certificate: whoever can write the files, but has not this key, cannot make another log that verifies (X7).
/// </summary>
internal static class AuditCheckpoint
{
    /// <summary>Signs the chain up to a record; empty: the certificate's key is of a kind that this cannot use.</summary>
    public static byte[] Sign(X509Certificate2 certificate, long number, ReadOnlySpan<byte> hash)
    {
        var content = Content(number, hash);
        using var ecdsa = certificate.GetECDsaPrivateKey();
        if (ecdsa is not null)
            return ecdsa.SignData(content, HashAlgorithmName.SHA256);
        using var rsa = certificate.GetRSAPrivateKey();
        return rsa?.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pss) ?? [];
    }

    /// <summary>Whether the certificate's key signed the chain up to that record.</summary>
    public static bool IsSignedBy(X509Certificate2 certificate, long number, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var content = Content(number, hash);
        using var ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is not null)
            return ecdsa.VerifyData(content, signature, HashAlgorithmName.SHA256);
        using var rsa = certificate.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(content, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
    }

    // The key also authenticates the link. 64 spaces and a label, in the manner of RFC 8446 §4.4.3, keep this apart from TLS 1.3 by the label, and from a TLS 1.2
    // ServerKeyExchange because no parameters begin where the label does.
    private static byte[] Content(long number, ReadOnlySpan<byte> hash)
    {
        var content = new byte[64 + "Latchkey audit checkpoint\0"u8.Length + 8 + AuditLine.HashSize];
        content.AsSpan(0, 64).Fill((byte)' ');
        "Latchkey audit checkpoint\0"u8.CopyTo(content.AsSpan(64));
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(content.Length - AuditLine.HashSize - 8), number);
        hash.CopyTo(content.AsSpan(content.Length - AuditLine.HashSize));
        return content;
    }
}
