using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client.Links;

/// <summary>
/// Results that stay secret for longer than a handshake (ticket keys, their roots, parts of keys), sealed under a secret that the two sides agree for the one reply (item 51). TLS protects the same
/// bytes; but its decrypted records stay in buffers of the platform that nobody zeroes, and a key that is outlived would still be there (T3).
/// </summary>
internal static class SealedReply
{
    /// <summary>The side that asks makes a pair of the first that both know.</summary>
    private static readonly NamedGroup[] Groups = [NamedGroup.X25519, NamedGroup.Secp256r1];

    /// <summary>Whether something can be sealed to a value of the group.</summary>
    public static bool IsSuitable(NamedGroup group) => Array.IndexOf(Groups, group) >= 0;

    /// <summary>For one question.</summary>
    public static KeyExchange CreatePair(CryptoProvider crypto) => crypto.CreateKeyExchange(Array.Find(Groups, crypto.Supports));

    /// <summary>The value of item 51: NamedGroup and public value.</summary>
    public static byte[] ItemOf(KeyExchange pair) => [(byte)((ushort)pair.Group >> 8), (byte)pair.Group, .. pair.PublicValue.Span];

    /// <param name="item">As it came.</param>
    /// <returns>The payload of the reply; null: the item is not well formed, or of another group.</returns>
    public static byte[]? Seal(CryptoProvider crypto, Opcode operation, ReadOnlySpan<byte> item, SecretBytes result)
    {
        var fields = new FieldReader(item);
        var group = (NamedGroup)fields.UInt16();
        if (item.Length <= sizeof(ushort) || !IsSuitable(group) || crypto.AnswerKeyExchange(group, item[sizeof(ushort)..]) is not { } answer)
            return null;
        using var shared = answer.SharedSecret;
        Span<byte> terms = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(operation, item, answer.PublicValue, terms);
        var reply = new FieldWriter(result.Length + 128);
        reply.Vector16(answer.PublicValue);
        reply.Bytes(LinkBox.Seal(crypto, shared, terms, Label, result));
        return reply.Written.ToArray();
    }

    /// <param name="item">As it was sent.</param>
    /// <returns>null: not sealed to this question, or altered.</returns>
    public static SecretBytes? TryOpen(CryptoProvider crypto, Opcode operation, KeyExchange pair, ReadOnlySpan<byte> item, ReadOnlySpan<byte> payload)
    {
        var fields = new FieldReader(payload);
        var value = fields.Vector16();
        if (value.IsEmpty)
            return null;
        using var shared = pair.DeriveSharedSecret(value);
        if (shared is null)
            return null;
        Span<byte> terms = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(operation, item, value, terms);
        return LinkBox.TryOpen(crypto, shared, terms, Label, payload[(sizeof(ushort) + value.Length)..]);
    }

    private static ReadOnlySpan<byte> Label => "latchkey sealed reply"u8;

    private static void Hash(Opcode operation, ReadOnlySpan<byte> item, ReadOnlySpan<byte> value, Span<byte> hash)
    {
        var writer = new FieldWriter(256);
        writer.UInt8((byte)operation);
        writer.Vector16(item);
        writer.Vector16(value);
        SHA256.HashData(writer.Written, hash);
    }
}
