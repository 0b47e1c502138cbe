using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>The server's order of groups.</summary>
internal static class GroupPreference
{
    // 3,072 bits match AES-128; 2,048 are the least that RFC 9325 §4.2 allows, and a third of the time; more is only for clients that name no less.
    private static readonly NamedGroup[] FiniteFieldOrder = [NamedGroup.Ffdhe3072, NamedGroup.Ffdhe2048, NamedGroup.Ffdhe4096, NamedGroup.Ffdhe6144, NamedGroup.Ffdhe8192];

    private static readonly NamedGroup[] Order = [NamedGroup.X25519MlKem768, NamedGroup.X25519, NamedGroup.Secp256r1, NamedGroup.Secp384r1];

    /// <summary>
    /// The group of a TLS 1.3 handshake: the best one the client sent a share for; only where there is none, the best one it
    /// names, which costs a HelloRetryRequest. Every group here is sound, and a client that wants post-quantum protection sends
    /// that share (as browsers do), so a better group is not worth a round trip.
    /// </summary>
    /// <exception cref="PeerIncompatibleException">handshake_failure: none in common.</exception>
    public static NamedGroup Choose13(ClientHello hello, CryptoProvider crypto)
    {
        var common = Order.Where(group => crypto.Supports(group) && hello.SupportedGroups?.Contains(group) == true).ToArray();
        foreach (var group in common)
        {
            if (FindShare(hello, group) is not null)
                return group;
        }

        return common.Length > 0 ? common[0] : throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No common group.");
    }

    /// <summary>Whether it is a group of TLS 1.3 that is served here.</summary>
    public static bool IsServed13(NamedGroup group, CryptoProvider crypto) => Order.Contains(group) && crypto.Supports(group);

    /// <summary>The client's share of a group; null where it sent none.</summary>
    public static ReadOnlyMemory<byte>? FindShare(ClientHello hello, NamedGroup group)
    {
        foreach (var share in hello.KeyShares ?? [])
        {
            if (share.Group == group)
                return share.KeyExchange;
        }

        return null;
    }

    /// <summary>The curve of an ECDHE handshake; null where there is none in common.</summary>
    public static NamedGroup? Choose12(ClientHello hello, CryptoProvider crypto)
    {
        // RFC 8422 §4: without the extension "the server is free to choose any"; a client that old knows P-256 if it knows any.
        if (hello.SupportedGroups is not { } offered)
            return NamedGroup.Secp256r1;
        foreach (var group in Order)
        {
            // The hybrid group has no TLS 1.2 form.
            if (group != NamedGroup.X25519MlKem768 && crypto.Supports(group) && offered.Contains(group))
                return group;
        }

        return null;
    }

    /// <summary>The group of a DHE handshake; null where DHE must not be used.</summary>
    public static NamedGroup? ChooseFiniteField(ClientHello hello, TlsSite site, CryptoProvider crypto)
    {
        // RFC 7919 §4: a client that names any code point from 256 to 511, known or not, is given one of those it names or none at all.
        var named = hello.SupportedGroups?.Where(group => (ushort)group is >= 0x0100 and <= 0x01FF).ToArray() ?? [];
        if (named.Length == 0)
            return crypto.Supports(site.DhGroup) ? site.DhGroup : null;
        foreach (var group in FiniteFieldOrder)
        {
            if (crypto.Supports(group) && named.Contains(group))
                return group;
        }

        return null;
    }
}
