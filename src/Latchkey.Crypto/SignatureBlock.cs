using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>What the raw RSA operation makes a signature of (RFC 8017 §9), for devices that do nothing but that.</summary>
public static class SignatureBlock
{
    /// <summary>EMSA-PKCS1-v1_5: 00 01 FF … 00 and the DigestInfo.</summary>
    public static byte[] Pkcs1(ReadOnlySpan<byte> digestInfo, int modulusBits)
    {
        var block = new byte[(modulusBits + 7) / 8];
        var separator = block.Length - digestInfo.Length - 1;
        block.AsSpan(2, separator - 2).Fill(0xFF);
        block[1] = 1;
        digestInfo.CopyTo(block.AsSpan(separator + 1));
        return block;
    }

    /// <summary>EMSA-PSS with MGF1 and a salt, both of the digest's own hash and size, as TLS wants it (RFC 8446 §4.2.3).</summary>
    public static byte[] Pss(DigestAlgorithm digest, ReadOnlySpan<byte> hash, int modulusBits)
    {
        var bits = modulusBits - 1;
        var block = new byte[(modulusBits + 7) / 8];
        var encoded = block.AsSpan(block.Length - ((bits + 7) / 8)); // one octet less where the modulus has 8k + 1 bits
        var size = hash.Length;
        Span<byte> salt = stackalloc byte[size];
        RandomNumberGenerator.Fill(salt);
        var h = encoded.Slice(encoded.Length - size - 1, size);
        CryptoProvider.Default.Hash(digest, [.. stackalloc byte[8], .. hash, .. salt], h);
        var masked = encoded[..(encoded.Length - size - 1)];
        masked[masked.Length - size - 1] = 1;
        salt.CopyTo(masked[(masked.Length - size)..]);
        Mask(digest, h, masked);
        masked[0] &= (byte)(0xFF >> ((8 * encoded.Length) - bits));
        encoded[^1] = 0xBC;
        return block;
    }

    // MGF1 (RFC 8017 §B.2.1).
    private static void Mask(DigestAlgorithm digest, ReadOnlySpan<byte> seed, Span<byte> target)
    {
        Span<byte> mask = stackalloc byte[digest.SizeInBytes()];
        for (byte counter = 0; !target.IsEmpty; counter++)
        {
            CryptoProvider.Default.Hash(digest, [.. seed, 0, 0, 0, counter], mask);
            var count = Math.Min(mask.Length, target.Length);
            for (var i = 0; i < count; i++)
                target[i] ^= mask[i];
            target = target[count..];
        }
    }
}
