using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Client.Links;

/// <summary>
/// A secret on its way over the link, under another that the two sides have agreed for this one: AES-256-GCM with a zero nonce under HKDF-SHA-256(salt = hash of the terms, shared secret, label),
/// a key of its own for every box. The terms are bound.
/// </summary>
internal static class LinkBox
{
    /// <param name="terms">SHA-256 of them.</param>
    public static byte[] Seal(CryptoProvider crypto, SecretBytes shared, ReadOnlySpan<byte> terms, ReadOnlySpan<byte> label, SecretBytes content)
    {
        var box = new byte[content.Length + Aead.TagSize];
        using var aead = CreateAead(crypto, shared, terms, label);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        nonce.Clear();
        aead.Seal(nonce, content.Span, box, terms);
        return box;
    }

    /// <summary>null: other terms than it was sealed under, or altered.</summary>
    public static SecretBytes? TryOpen(CryptoProvider crypto, SecretBytes shared, ReadOnlySpan<byte> terms, ReadOnlySpan<byte> label, ReadOnlySpan<byte> box)
    {
        if (box.Length < Aead.TagSize)
            return null;
        using var aead = CreateAead(crypto, shared, terms, label);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        nonce.Clear();
        var content = new SecretBytes(box.Length - Aead.TagSize);
        if (aead.TryOpen(nonce, box, content.Span, terms))
            return content;
        content.Dispose();
        return null;
    }

    private static Aead CreateAead(CryptoProvider crypto, SecretBytes shared, ReadOnlySpan<byte> terms, ReadOnlySpan<byte> label)
    {
        using var pseudorandom = Hkdf.Extract(crypto, DigestAlgorithm.Sha256, terms, shared.Span);
        Span<byte> key = stackalloc byte[32];
        try
        {
            Hkdf.Expand(crypto, DigestAlgorithm.Sha256, pseudorandom.Span, label, key);
            return crypto.CreateAead(AeadAlgorithm.Aes256Gcm, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
