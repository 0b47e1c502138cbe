using System.Text;
using Latchkey.Crypto;
using Latchkey.Tickets;

namespace Latchkey.Client.Tickets;

/// <summary>
/// A site's ticket keys for TLS servers of others, which seal tickets in OpenSSL's form: a name, an HMAC-SHA-256 key and an AES-256 key (RFC 5077 §4). What they get is
/// derived from the ring's keys under a label of its own: it opens none of Latchkey's tickets, and tells nothing of the key that does.
/// </summary>
public static class ExportedTicketKeys
{
    /// <summary>Bytes of an exported key: 16 of name, 64 of keys.</summary>
    public const int Size = TicketKey.NameSize + 64;

    /// <summary>The one of <paramref name="keys"/> that seals at a time; null: none is fresh then.</summary>
    /// <param name="keys">In the order in which they are preferred (<see cref="KeyServerTicketKeyRing.InUse"/>), which is the same for everyone who has the same keys.</param>
    public static TicketKey? SealingAt(IEnumerable<TicketKey> keys, DateTimeOffset time) => keys.FirstOrDefault(key => key.SealFrom <= time && time < key.SealUntil);

    /// <summary>The exported form of one key: HKDF-Expand of its secret.</summary>
    /// <param name="server">What kind of server it is for, as <c>nginx</c>: each kind has keys of its own, so that what leaks from one opens nothing at another.</param>
    /// <returns><see cref="Size"/> bytes, the caller's to dispose.</returns>
    public static SecretBytes Derive(CryptoProvider crypto, TicketKey key, string server)
    {
        var exported = new SecretBytes(Size);
        Hkdf.Expand(crypto, DigestAlgorithm.Sha256, key.Secret.Span, [.. "latchkey exported ticket key, "u8, .. Encoding.UTF8.GetBytes(server)], exported.Span);
        return exported;
    }
}
