using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>Which version both sides speak, RFC 8446 §4.2.1 and RFC 7507.</summary>
internal static class VersionNegotiation
{
    /// <summary>The highest common one.</summary>
    /// <exception cref="PeerIncompatibleException">protocol_version: none, so TLS 1.1 and older are refused (RFC 8996).</exception>
    /// <exception cref="PeerMisbehavedException">inappropriate_fallback: the client retries lower than both could go.</exception>
    public static TlsVersion Choose(ClientHello hello, TlsSite site)
    {
        // RFC 8446 §D.5: "Any endpoint receiving a Hello message with ClientHello.legacy_version or ServerHello.legacy_version set to
        // 0x0300 MUST abort the handshake with a "protocol_version" alert", whatever supported_versions says.
        if (hello.LegacyVersion <= 0x0300)
            throw new PeerIncompatibleException(AlertDescription.ProtocolVersion, $"legacy_version is 0x{hello.LegacyVersion:x4}: SSL.");
        var version = Highest(hello, site)
            ?? throw new PeerIncompatibleException(AlertDescription.ProtocolVersion, "No common version.");
        // RFC 7507 §3: somebody in the middle may have made the client's first, better hello fail.
        if (hello.IsFallback && version < site.MaxVersion)
            throw new PeerMisbehavedException(AlertDescription.InappropriateFallback, $"A fallback to {version} from a client that could do better.");
        return version;
    }

    private static TlsVersion? Highest(ClientHello hello, TlsSite site)
    {
        if (Offers(TlsVersion.Tls13) && hello.SupportedVersions is not null)
            return TlsVersion.Tls13;
        return Offers(TlsVersion.Tls12) ? TlsVersion.Tls12 : null;

        // RFC 8446 §4.2.1: where supported_versions is present, legacy_version MUST NOT be looked at; where it is not, TLS 1.3 is out
        // of the question, even if legacy_version is higher than that of TLS 1.2.
        bool Offers(TlsVersion version) => site.MinVersion <= version && version <= site.MaxVersion
            && (hello.SupportedVersions?.Contains(version) ?? hello.LegacyVersion >= (ushort)version);
    }
}
