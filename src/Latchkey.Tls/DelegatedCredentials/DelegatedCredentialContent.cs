using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Tls.DelegatedCredentials;

/// <summary>
/// What the signature of a delegated credential covers, RFC 9345 §4: 64 spaces, the context string, a zero byte, the certificate, the credential and the
/// algorithm. The spaces and the string tell it from every handshake's signature (attack 4).
/// </summary>
public static class DelegatedCredentialContent
{
    private const int Spaces = 64;

    private static ReadOnlySpan<byte> ServerContext => "TLS, server delegated credentials\0"u8;

    /// <summary>The content; the caller owns the array.</summary>
    /// <param name="certificate">DER, of the end entity.</param>
    /// <param name="credential">The structure Credential.</param>
    /// <param name="algorithm">Of the signature.</param>
    public static byte[] Build(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> credential, SignatureScheme algorithm)
    {
        var content = new byte[Spaces + ServerContext.Length + certificate.Length + credential.Length + 2];
        content.AsSpan(0, Spaces).Fill(0x20);
        var rest = content.AsSpan(Spaces);
        ServerContext.CopyTo(rest);
        rest = rest[ServerContext.Length..];
        certificate.CopyTo(rest);
        rest = rest[certificate.Length..];
        credential.CopyTo(rest);
        BinaryPrimitives.WriteUInt16BigEndian(rest[credential.Length..], (ushort)algorithm);
        return content;
    }
}
