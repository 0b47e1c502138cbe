using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client.OnDemand;

/// <summary>
/// A private key on its way to an edge (catalogue S6), under a secret that the two have agreed for this one grant. Key and terms are bound: on another connection, between other parties,
/// for another key or another time it does not open (attack 23).
/// </summary>
/// <remarks>
/// AES-256-GCM with a zero nonce under HKDF-SHA-256(salt = hash of the terms, shared secret, "latchkey key grant"): a key of its own for every grant. TLS protects the same bytes; this keeps
/// the key out of the buffers of the connection, and whoever reads the link's plaintext (a log, a core file) without it.
/// </remarks>
internal static class KeyGrant
{
    /// <summary>The edge makes a pair of the first that both know.</summary>
    public static bool IsSuitable(NamedGroup group) => group is NamedGroup.X25519 or NamedGroup.Secp256r1;

    public static byte[] Seal(CryptoProvider crypto, SecretBytes shared, in KeyGrantTerms terms, SecretBytes pkcs8)
    {
        var box = new byte[pkcs8.Length + Aead.TagSize];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        terms.Hash(hash);
        using var aead = CreateAead(crypto, shared, hash);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        nonce.Clear();
        aead.Seal(nonce, pkcs8.Span, box, hash);
        return box;
    }

    /// <summary>null: other terms than it was sealed under, or altered.</summary>
    public static SecretBytes? TryOpen(CryptoProvider crypto, SecretBytes shared, in KeyGrantTerms terms, ReadOnlySpan<byte> box)
    {
        if (box.Length <= Aead.TagSize)
            return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        terms.Hash(hash);
        using var aead = CreateAead(crypto, shared, hash);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        nonce.Clear();
        var pkcs8 = new SecretBytes(box.Length - Aead.TagSize);
        if (aead.TryOpen(nonce, box, pkcs8.Span, hash))
            return pkcs8;
        pkcs8.Dispose();
        return null;
    }

    private static Aead CreateAead(CryptoProvider crypto, SecretBytes shared, ReadOnlySpan<byte> terms)
    {
        using var pseudorandom = Hkdf.Extract(crypto, DigestAlgorithm.Sha256, terms, shared.Span);
        Span<byte> key = stackalloc byte[32];
        try
        {
            Hkdf.Expand(crypto, DigestAlgorithm.Sha256, pseudorandom.Span, "latchkey key grant"u8, key);
            return crypto.CreateAead(AeadAlgorithm.Aes256Gcm, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}

/// <summary>Between whom, of what and for how long. Spans are lent.</summary>
internal readonly ref struct KeyGrantTerms
{
    /// <summary><see cref="LinkBinding"/>.</summary>
    public required ReadOnlySpan<byte> Link { get; init; }

    /// <summary>SKI of the key, 20 bytes.</summary>
    public required ReadOnlySpan<byte> Key { get; init; }

    public required uint Seconds { get; init; }

    public required ReadOnlySpan<byte> KeyServerValue { get; init; }

    public required ReadOnlySpan<byte> EdgeValue { get; init; }

    public void Hash(Span<byte> hash)
    {
        var writer = new FieldWriter(512);
        writer.Vector8(Link);
        writer.Vector8(Key);
        writer.UInt32(Seconds);
        writer.Vector16(KeyServerValue);
        writer.Vector16(EdgeValue);
        SHA256.HashData(writer.Written, hash);
    }
}
