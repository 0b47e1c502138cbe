using System.Security.Cryptography;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client.OnDemand;

/// <summary>
/// A private key on its way to an edge (catalogue S6), under a secret that the two have agreed for this one grant. Key and terms are bound: on another connection, between other parties,
/// for another key or another time it does not open (attack 23).
/// </summary>
/// <remarks>
/// TLS protects the same bytes; this keeps the key out of the buffers of the connection, and whoever reads the link's plaintext (a log, a core file) without it.
/// </remarks>
internal static class KeyGrant
{
    public static byte[] Seal(CryptoProvider crypto, SecretBytes shared, in KeyGrantTerms terms, SecretBytes pkcs8)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        terms.Hash(hash);
        return LinkBox.Seal(crypto, shared, hash, Label, pkcs8);
    }

    /// <summary>null: other terms than it was sealed under, or altered.</summary>
    public static SecretBytes? TryOpen(CryptoProvider crypto, SecretBytes shared, in KeyGrantTerms terms, ReadOnlySpan<byte> box)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        terms.Hash(hash);
        return LinkBox.TryOpen(crypto, shared, hash, Label, box);
    }

    private static ReadOnlySpan<byte> Label => "latchkey key grant"u8;
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
