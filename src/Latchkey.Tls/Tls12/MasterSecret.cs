using Latchkey.Crypto;

namespace Latchkey.Tls.Tls12;

/// <summary>The master secret of TLS 1.2. Public because a key server derives it too (catalogue K4).</summary>
public static class MasterSecret
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 48;

    /// <summary>RFC 5246 §8.1, or RFC 7627 §4 where extended master secret was negotiated. The caller owns the result.</summary>
    /// <param name="crypto">Does the PRF.</param>
    /// <param name="digest">Of the suite.</param>
    /// <param name="premaster">Lent.</param>
    /// <param name="clientRandom">32 bytes; not used where there is a session hash.</param>
    /// <param name="serverRandom">32 bytes; not used where there is a session hash.</param>
    /// <param name="sessionHash">Hash of the handshake through ClientKeyExchange; null: no extended master secret.</param>
    /// <exception cref="ArgumentOutOfRangeException">The session hash is not of the digest's size.</exception>
    public static SecretBytes Derive(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes premaster, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom, ReadOnlyMemory<byte>? sessionHash)
    {
        if (sessionHash is { } given)
            ArgumentOutOfRangeException.ThrowIfNotEqual(given.Length, digest.SizeInBytes(), nameof(sessionHash));
        var master = new SecretBytes(Size);
        if (sessionHash is { } hash)
            Tls12Prf.Derive(crypto, digest, premaster.Span, "extended master secret"u8, hash.Span, [], master.Span);
        else
            Tls12Prf.Derive(crypto, digest, premaster.Span, "master secret"u8, clientRandom, serverRandom, master.Span);
        return master;
    }
}
