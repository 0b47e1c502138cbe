using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Splitting.Threshold;

/// <summary>
/// The number that an RSA signature is a root of (RFC 8017 §9). Everybody who has a share must come to the same: where PSS takes a random salt, this one follows from key and
/// message, which PSS' proof of security allows (§9.1: even a fixed salt).
/// </summary>
internal static class EncodedMessage
{
    /// <summary>As long as the modulus.</summary>
    /// <exception cref="ArgumentException">Not a scheme of RSA.</exception>
    public static byte[] Of(SignatureScheme scheme, ReadOnlySpan<byte> message, ThresholdKey key)
    {
        if (!scheme.GoesWith(KeyAlgorithm.Rsa))
            throw new ArgumentException($"{scheme} does not go with an RSA key.", nameof(scheme));
        var digest = scheme.Digest();
        var hash = Hash(digest, message);
        return scheme.Padding() == SignaturePadding.Pss ? Pss(digest, hash, Salt(hash, key), key) : Pkcs1(digest, hash, key.ModulusLength);
    }

    // §9.2: 00 01 ff … ff 00 ‖ DigestInfo.
    private static byte[] Pkcs1(DigestAlgorithm digest, byte[] hash, int length)
    {
        var info = DigestInfo(digest);
        var encoded = new byte[length];
        encoded.AsSpan().Fill(0xFF);
        encoded[0] = 0;
        encoded[1] = 1;
        encoded[length - hash.Length - info.Length - 1] = 0;
        info.CopyTo(encoded.AsSpan(length - hash.Length - info.Length));
        hash.CopyTo(encoded.AsSpan(length - hash.Length));
        return encoded;
    }

    // §9.1.1, with emBits one less than the modulus' bits.
    private static byte[] Pss(DigestAlgorithm digest, byte[] hash, byte[] salt, ThresholdKey key)
    {
        var bits = key.ModulusBits - 1;
        var length = (bits + 7) / 8;
        var inner = Hash(digest, [.. new byte[8], .. hash, .. salt]);
        var block = new byte[length - inner.Length - 1];
        block[^(salt.Length + 1)] = 1;
        salt.CopyTo(block.AsSpan(block.Length - salt.Length));
        ApplyMask(digest, inner, block);
        block[0] &= (byte)(0xFF >> ((8 * length) - bits));
        var encoded = new byte[key.ModulusLength];
        var start = encoded.Length - length;
        block.CopyTo(encoded, start);
        inner.CopyTo(encoded, start + block.Length);
        encoded[^1] = 0xBC;
        return encoded;
    }

    // MGF1 (§B.2.1).
    private static void ApplyMask(DigestAlgorithm digest, byte[] seed, Span<byte> block)
    {
        var input = new byte[seed.Length + sizeof(uint)];
        seed.CopyTo(input, 0);
        for (var counter = 0u; !block.IsEmpty; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(seed.Length), counter);
            var mask = Hash(digest, input);
            var count = Math.Min(mask.Length, block.Length);
            for (var i = 0; i < count; i++)
                block[i] ^= mask[i];
            block = block[count..];
        }
    }

    private static byte[] Salt(byte[] hash, ThresholdKey key) => SHA512.HashData([.. "latchkey threshold salt"u8, .. key.Identifier.Span, .. hash])[..hash.Length];

    private static byte[] Hash(DigestAlgorithm digest, ReadOnlySpan<byte> data)
    {
        var hash = new byte[digest.SizeInBytes()];
        CryptoProvider.Default.Hash(digest, data, hash);
        return hash;
    }

    // §9.2, note 1.
    private static byte[] DigestInfo(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha1 => [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14],
        DigestAlgorithm.Sha256 => [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
        DigestAlgorithm.Sha384 => [0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
        DigestAlgorithm.Sha512 => [0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
        _ => throw new ArgumentOutOfRangeException(nameof(digest)),
    };
}
