using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// Seals bytes under a ring: key name (16) ‖ salt (16) ‖ AES-256-GCM ciphertext ‖ tag (16), each box under a key of its own, HKDF-SHA-256(ring key, salt,
/// "latchkey sealed box" ‖ context). The context binds a box to what it is for (purpose, tenant, edge …): under another context it does not open.
/// </summary>
/// <remarks>A key of its own per box makes the nonce a constant and lets one ring key seal any number of boxes.</remarks>
public static class SealedBox
{
    private const int SaltSize = 16;
    private const int HeadSize = TicketKey.NameSize + SaltSize;

    /// <summary>Bytes a box is longer than its content.</summary>
    public const int Overhead = HeadSize + Aead.TagSize;

    /// <summary>Seals.</summary>
    /// <returns>The box; null where the ring has no fresh key.</returns>
    public static byte[]? Seal(CryptoProvider crypto, TicketKeyRing ring, ReadOnlySpan<byte> content, ReadOnlySpan<byte> context)
    {
        if (ring.ForSealing() is not { } key)
            return null;
        var box = new byte[content.Length + Overhead];
        key.Name.Span.CopyTo(box);
        RandomNumberGenerator.Fill(box.AsSpan(TicketKey.NameSize, SaltSize));
        using var aead = CreateAead(crypto, key, box.AsSpan(TicketKey.NameSize, SaltSize), context);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        nonce.Clear();
        aead.Seal(nonce, content, box.AsSpan(HeadSize), box.AsSpan(0, HeadSize));
        return box;
    }

    /// <summary>Opens.</summary>
    /// <returns>The content, the caller's to dispose; null: altered, of another context, or its key is gone.</returns>
    public static SecretBytes? TryOpen(CryptoProvider crypto, TicketKeyRing ring, ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        if (box.Length < Overhead || ring.Find(box[..TicketKey.NameSize]) is not { } key)
            return null;
        using var aead = CreateAead(crypto, key, box.Slice(TicketKey.NameSize, SaltSize), context);
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        nonce.Clear();
        var content = new SecretBytes(box.Length - Overhead);
        if (aead.TryOpen(nonce, box[HeadSize..], content.Span, box[..HeadSize]))
            return content;
        content.Dispose();
        return null;
    }

    private static Aead CreateAead(CryptoProvider crypto, TicketKey key, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> context)
    {
        using var pseudorandom = Hkdf.Extract(crypto, DigestAlgorithm.Sha256, salt, key.Secret.Span);
        ReadOnlySpan<byte> label = "latchkey sealed box"u8;
        var info = new byte[label.Length + context.Length];
        label.CopyTo(info);
        context.CopyTo(info.AsSpan(label.Length));
        Span<byte> boxKey = stackalloc byte[32];
        Hkdf.Expand(crypto, DigestAlgorithm.Sha256, pseudorandom.Span, info, boxKey);
        try
        {
            return crypto.CreateAead(AeadAlgorithm.Aes256Gcm, boxKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(boxKey);
        }
    }
}
