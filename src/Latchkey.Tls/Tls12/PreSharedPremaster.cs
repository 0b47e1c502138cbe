using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Tls.Tls12;

/// <summary>The premaster secret of the PSK suites, RFC 4279 §2. Public because a key server makes it too (catalogue G4).</summary>
public static class PreSharedPremaster
{
    /// <summary>Length and other_secret, length and key; the lengths have two bytes. The caller owns the result.</summary>
    /// <param name="otherSecret">The shared secret of DHE or ECDHE. Lent.</param>
    /// <param name="key">Lent.</param>
    public static SecretBytes Combine(SecretBytes otherSecret, SecretBytes key)
    {
        var premaster = new SecretBytes(4 + otherSecret.Length + key.Length);
        var rest = premaster.Span;
        BinaryPrimitives.WriteUInt16BigEndian(rest, checked((ushort)otherSecret.Length));
        otherSecret.Span.CopyTo(rest[2..]);
        rest = rest[(2 + otherSecret.Length)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, checked((ushort)key.Length));
        key.Span.CopyTo(rest[2..]);
        return premaster;
    }
}
