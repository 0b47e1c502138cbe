using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>What RFC 8446 asks of a ClientHello once TLS 1.3 is settled.</summary>
internal static class ClientHelloRules
{
    public static void Check(ClientHello hello)
    {
        // §4.1.2: "For every TLS 1.3 ClientHello, this vector MUST contain exactly one byte, set to zero".
        if (hello.CompressionMethods.Span is not [0])
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, "TLS 1.3 with compression methods.");
        // §9.2: "If not containing a "pre_shared_key" extension, it MUST contain both". The other two are needed with a key as well, because a key is
        // never used without a key exchange (psk_ke has no forward secrecy, §2.2).
        if (hello.PreSharedKey is null)
            RequireSignatureAlgorithms(hello);
        Require(hello.SupportedGroups is not null, "supported_groups");
        Require(hello.KeyShares is not null, "key_share");
        // §4.2.9: "If clients offer "pre_shared_key" without a "psk_key_exchange_modes" extension, servers MUST abort".
        Require(hello.PreSharedKey is null || hello.PskKeyExchangeModes is not null, "psk_key_exchange_modes");
        // §4.2.8: "Clients MUST NOT offer any KeyShareEntry values for groups not listed".
        foreach (var share in hello.KeyShares!)
        {
            if (!hello.SupportedGroups!.Contains(share.Group))
                throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"A share of group 0x{(ushort)share.Group:x4}, which is not in supported_groups.");
        }
    }

    /// <summary>§4.2.3: a server that authenticates by certificate "MUST abort the handshake with a "missing_extension" alert".</summary>
    public static void RequireSignatureAlgorithms(ClientHello hello) => Require(hello.SignatureAlgorithms is not null, "signature_algorithms");

    private static void Require(bool present, string extension)
    {
        if (!present)
            throw new PeerMisbehavedException(AlertDescription.MissingExtension, $"The TLS 1.3 ClientHello has no {extension}.");
    }
}
