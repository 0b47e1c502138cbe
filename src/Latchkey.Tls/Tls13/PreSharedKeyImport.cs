using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// RFC 9258: makes of one external key a key for each digest, so that no key is ever used with two (RFC 8446 §4.2.11 binds a key to one). What is made
/// goes only with the binder label of imported keys, which keeps it apart from external keys and from tickets.
/// </summary>
internal static class PreSharedKeyImport
{
    /// <summary>The identity as it is on the wire: <c>ImportedIdentity</c> of RFC 9258 §5.1.</summary>
    /// <param name="externalIdentity">1 to 65,535 bytes.</param>
    /// <param name="context">0 to 65,535 bytes, the same on both sides.</param>
    /// <param name="target">The digest of the suites that the key is for.</param>
    /// <exception cref="ArgumentException">A length is out of range.</exception>
    public static byte[] Identity(ReadOnlySpan<byte> externalIdentity, ReadOnlySpan<byte> context, DigestAlgorithm target)
    {
        if (externalIdentity.IsEmpty || externalIdentity.Length > ushort.MaxValue || context.Length > ushort.MaxValue)
            throw new ArgumentException("An external identity has 1 to 65,535 bytes, a context up to 65,535.");
        var identity = new byte[sizeof(ushort) + externalIdentity.Length + sizeof(ushort) + context.Length + sizeof(ushort) + sizeof(ushort)];
        var rest = identity.AsSpan();
        Write(ref rest, externalIdentity);
        Write(ref rest, context);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)TlsVersion.Tls13);
        BinaryPrimitives.WriteUInt16BigEndian(rest[sizeof(ushort)..], KdfOf(target));
        return identity;
    }

    /// <summary>The key, of the target digest's size; the caller's to dispose.</summary>
    /// <param name="externalKey">Lent; of any length.</param>
    /// <param name="digest">The external key's own digest; SHA-256 where it has none (RFC 9258 §5.1).</param>
    /// <param name="identity">As <see cref="Identity"/> made it.</param>
    /// <param name="target">The digest of the suites that the key is for.</param>
    public static SecretBytes Derive(CryptoProvider crypto, SecretBytes externalKey, DigestAlgorithm digest, ReadOnlySpan<byte> identity, DigestAlgorithm target)
    {
        using var extracted = Hkdf.Extract(crypto, digest, [], externalKey.Span);
        Span<byte> hash = stackalloc byte[digest.SizeInBytes()];
        crypto.Hash(digest, identity, hash);
        var derived = new SecretBytes(target.SizeInBytes());
        Hkdf.ExpandLabel(crypto, digest, extracted.Span, "derived psk"u8, hash, derived.Span);
        return derived;
    }

    private static void Write(ref Span<byte> rest, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)value.Length);
        value.CopyTo(rest[sizeof(ushort)..]);
        rest = rest[(sizeof(ushort) + value.Length)..];
    }

    /// <summary>The registry "TLS KDF Identifiers", RFC 9258 §10.</summary>
    private static ushort KdfOf(DigestAlgorithm target) => target switch
    {
        DigestAlgorithm.Sha256 => 1,
        DigestAlgorithm.Sha384 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(target)),
    };
}
