using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// What a TLS 1.3 CertificateVerify signature covers, RFC 8446 §4.4.3: 64 spaces, the context string, a zero byte and the
/// transcript hash. The spaces exist so that no TLS 1.2 signature, which begins with a chosen random, can stand for one (attack 4).
/// </summary>
public static class CertificateVerifyContent
{
    private static ReadOnlySpan<byte> ServerContext => "TLS 1.3, server CertificateVerify\0"u8;

    private static ReadOnlySpan<byte> ClientContext => "TLS 1.3, client CertificateVerify\0"u8;

    /// <summary>The content for the server's signature; the caller owns the array.</summary>
    /// <param name="transcriptHash">Through Certificate; size of the suite's digest.</param>
    public static byte[] ForServer(ReadOnlySpan<byte> transcriptHash) => Build(ServerContext, transcriptHash);

    /// <summary>The content for the client's signature; the caller owns the array.</summary>
    /// <param name="transcriptHash">Through the client's Certificate; size of the suite's digest.</param>
    public static byte[] ForClient(ReadOnlySpan<byte> transcriptHash) => Build(ClientContext, transcriptHash);

    private static byte[] Build(ReadOnlySpan<byte> context, ReadOnlySpan<byte> transcriptHash)
    {
        var content = new byte[64 + context.Length + transcriptHash.Length];
        content.AsSpan(0, 64).Fill(0x20);
        context.CopyTo(content.AsSpan(64));
        transcriptHash.CopyTo(content.AsSpan(64 + context.Length));
        return content;
    }

    /// <summary>Attack 16: a wrong or faulty signature never leaves this process.</summary>
    /// <exception cref="KeyHolderFailedException">It does not verify with the key of the certificate, or of the delegated credential.</exception>
    internal static void Check(PublicKey key, SignatureScheme scheme, ReadOnlySpan<byte> transcriptHash, ReadOnlySpan<byte> signature)
    {
        if (!key.Verify(scheme, ForServer(transcriptHash), signature))
            throw new KeyHolderFailedException($"The signature ({scheme}) does not verify with the certificate's key.");
    }
}
