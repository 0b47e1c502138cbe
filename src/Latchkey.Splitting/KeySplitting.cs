using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Splitting.Shamir;

namespace Latchkey.Splitting;

/// <summary>Divides a private key into parts and joins them again (catalogue S4). RSA, ECDSA and Ed25519 alike: what is shared is the key's PKCS#8, byte by byte.</summary>
public static class KeySplitting
{
    /// <summary>Makes parts 1 to <paramref name="count"/>; the caller owns them.</summary>
    /// <param name="pkcs8">The key; lent.</param>
    /// <param name="subjectPublicKeyInfo">Its public half.</param>
    /// <param name="threshold">Parts that give the key: at least 2, because one part alone must give nothing.</param>
    /// <param name="count">At most <see cref="KeyPart.MaxCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such numbers.</exception>
    public static IReadOnlyList<KeyPart> Split(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> subjectPublicKeyInfo, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, KeyPart.MaxCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        var shares = ShamirShares.Make(pkcs8, threshold, count);
        var commitments = new byte[count * SHA256.HashSizeInBytes];
        for (var i = 0; i < count; i++)
            KeyPart.Commit(threshold, count, i + 1, subjectPublicKeyInfo, shares[i].Span).CopyTo(commitments, i * SHA256.HashSizeInBytes);
        var parts = new KeyPart[count];
        for (var i = 0; i < count; i++)
            parts[i] = new KeyPart(threshold, i + 1, subjectPublicKeyInfo, commitments, shares[i]);
        return parts;
    }

    /// <summary>Joins as many parts as are needed to the key's PKCS#8, which the caller owns and disposes after the one operation it is for.</summary>
    /// <exception cref="KeyPartException">Too few, of different keys, or one of them is not what was made; the message says which.</exception>
    public static SecretBytes Join(IReadOnlyCollection<KeyPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
            throw new KeyPartException("There is no part of a key (expected at least 2).");
        var first = parts.First();
        var chosen = new List<(byte, SecretBytes)>();
        foreach (var part in parts.DistinctBy(part => part.Number))
        {
            if (!part.IsOfSameKeyAs(first))
                throw new KeyPartException($"{part} and {first} do not belong together (expected parts of one splitting of one key).");
            if (!part.IsWhole)
                throw new KeyPartException($"{part} is not the one that was made when the key was split: it has been altered or damaged.");
            if (part.Value.Length != first.Value.Length)
                throw new KeyPartException($"{part} has another length than {first}.");
            if (chosen.Count < first.Threshold)
                chosen.Add(((byte)part.Number, part.Value));
        }
        return chosen.Count == first.Threshold
            ? ShamirShares.Join(chosen)
            : throw new KeyPartException($"{chosen.Count} part(s) of key {Convert.ToHexStringLower(first.Identifier.Span[..8])} are not enough (expected {first.Threshold}).");
    }
}
