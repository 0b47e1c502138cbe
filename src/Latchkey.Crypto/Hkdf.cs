using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>HKDF (RFC 5869) and HKDF-Expand-Label (RFC 8446 §7.1) over a provider's HMAC.</summary>
public static class Hkdf
{
    private const int MaxDigestSize = 64;

    // HkdfLabel: uint16 length; opaque label<7..255> with "tls13 "; opaque context<0..255>.
    private const int MaxLabelSize = 2 + 1 + 255 + 1 + 255;

    private static ReadOnlySpan<byte> LabelPrefix => "tls13 "u8;

    /// <summary>HKDF-Extract; the pseudorandom key has the digest's size and belongs to the caller.</summary>
    public static SecretBytes Extract(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> inputKeyMaterial)
    {
        // RFC 5869 §2.2: no salt means as many zeros as the digest has bytes; HMAC pads an empty key to the same.
        var pseudorandomKey = new SecretBytes(digest.SizeInBytes());
        crypto.Hmac(digest, salt, inputKeyMaterial, [], pseudorandomKey.Span);
        return pseudorandomKey;
    }

    /// <summary>HKDF-Expand to the length of <paramref name="destination"/> (at most 255 digests).</summary>
    /// <exception cref="ArgumentException">The destination is longer than 255 digests.</exception>
    public static void Expand(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> pseudorandomKey, ReadOnlySpan<byte> info, Span<byte> destination)
    {
        int size = digest.SizeInBytes();
        if (destination.Length > 255 * size)
            throw new ArgumentException($"HKDF-Expand with {digest} gives at most {255 * size} bytes.", nameof(destination));
        Span<byte> block = stackalloc byte[MaxDigestSize];
        block = block[..size];
        try
        {
            // All of TLS 1.3 is here: nothing that it derives is longer than the digest.
            if (destination.Length <= size)
            {
                crypto.Hmac(digest, pseudorandomKey, info, [1], block);
                block[..destination.Length].CopyTo(destination);
                return;
            }

            using Hmac hmac = crypto.CreateHmac(digest, pseudorandomKey);
            Span<byte> counter = [0];
            bool first = true;
            for (Span<byte> rest = destination; !rest.IsEmpty; first = false)
            {
                counter[0]++;
                if (!first)
                    hmac.Append(block);
                hmac.Append(info);
                hmac.Append(counter);
                hmac.Finish(block);
                int taken = Math.Min(size, rest.Length);
                block[..taken].CopyTo(rest);
                rest = rest[taken..];
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(block);
        }
    }

    /// <summary>HKDF-Expand-Label; <paramref name="label"/> without the <c>"tls13 "</c> prefix, ASCII, as a UTF-8 literal.</summary>
    /// <exception cref="ArgumentException">The label is longer than 249 bytes or the context longer than 255.</exception>
    public static void ExpandLabel(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> destination)
    {
        int labelSize = LabelPrefix.Length + label.Length;
        if (labelSize > 255 || context.Length > 255)
            throw new ArgumentException("Label or context of HKDF-Expand-Label is too long.", nameof(label));
        Span<byte> info = stackalloc byte[MaxLabelSize];
        BinaryPrimitives.WriteUInt16BigEndian(info, checked((ushort)destination.Length));
        info[2] = (byte)labelSize;
        LabelPrefix.CopyTo(info[3..]);
        label.CopyTo(info[(3 + LabelPrefix.Length)..]);
        info[3 + labelSize] = (byte)context.Length;
        context.CopyTo(info[(4 + labelSize)..]);
        Expand(crypto, digest, secret, info[..(4 + labelSize + context.Length)], destination);
    }
}
