using Latchkey.Crypto;

namespace Latchkey.Tls.Tls12;

/// <summary>verify_data of the Finished messages, RFC 5246 §7.4.9. Public because a key server computes it too (catalogue F2, F3).</summary>
public static class VerifyData
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 12;

    /// <summary>Of the client's Finished.</summary>
    /// <param name="transcriptHash">Of all handshake messages before it.</param>
    public static byte[] OfClient(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes master, ReadOnlySpan<byte> transcriptHash) =>
        Derive(crypto, digest, master, "client finished"u8, transcriptHash);

    /// <summary>Of the server's Finished.</summary>
    /// <param name="transcriptHash">Of all handshake messages before it.</param>
    public static byte[] OfServer(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes master, ReadOnlySpan<byte> transcriptHash) =>
        Derive(crypto, digest, master, "server finished"u8, transcriptHash);

    private static byte[] Derive(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes master, ReadOnlySpan<byte> label, ReadOnlySpan<byte> transcriptHash)
    {
        var verifyData = new byte[Size];
        Tls12Prf.Derive(crypto, digest, master.Span, label, transcriptHash, [], verifyData);
        return verifyData;
    }
}
