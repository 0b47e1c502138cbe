using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>The TLS 1.2 PRF (RFC 5246 §5): P_hash over a provider's HMAC.</summary>
public static class Tls12Prf
{
    private const int MaxDigestSize = 64;

    /// <summary>Fills <paramref name="destination"/> with PRF(secret, label, seed1 ‖ seed2).</summary>
    public static void Derive(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed1, ReadOnlySpan<byte> seed2, Span<byte> destination)
    {
        int size = digest.SizeInBytes();
        Span<byte> chain = stackalloc byte[MaxDigestSize];
        Span<byte> block = stackalloc byte[MaxDigestSize];
        chain = chain[..size];
        block = block[..size];
        try
        {
            using Hmac hmac = crypto.CreateHmac(digest, secret);
            AppendSeed(hmac, label, seed1, seed2);
            hmac.Finish(chain); // A(1) = HMAC(secret, A(0)), A(0) = label ‖ seed
            for (Span<byte> rest = destination; !rest.IsEmpty;)
            {
                hmac.Append(chain);
                AppendSeed(hmac, label, seed1, seed2);
                hmac.Finish(block);
                int taken = Math.Min(size, rest.Length);
                block[..taken].CopyTo(rest);
                rest = rest[taken..];
                if (rest.IsEmpty)
                    break;
                hmac.Append(chain);
                hmac.Finish(chain); // A(i + 1) = HMAC(secret, A(i))
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(chain);
            CryptographicOperations.ZeroMemory(block);
        }
    }

    private static void AppendSeed(Hmac hmac, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed1, ReadOnlySpan<byte> seed2)
    {
        hmac.Append(label);
        hmac.Append(seed1);
        hmac.Append(seed2);
    }
}
