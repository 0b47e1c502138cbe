using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>What is settled by the first ClientHello and the site alone.</summary>
internal sealed record Tls13Choice(CipherSuite Suite, NamedGroup Group, TlsCertificate Certificate, SignatureScheme Scheme, string? ApplicationProtocol)
{
    private static readonly CipherSuite[] Suites = [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_CHACHA20_POLY1305_SHA256];
    private static readonly NamedGroup[] Groups = [NamedGroup.X25519MlKem768, NamedGroup.X25519, NamedGroup.Secp256r1, NamedGroup.Secp384r1];

    public static Tls13Choice Make(HandshakeStart start)
    {
        var hello = start.Hello;
        var suite = Suites.Cast<CipherSuite?>().FirstOrDefault(suite => hello.CipherSuites.Contains(suite!.Value))
            ?? throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No common suite.");
        var groups = Groups.Where(group => hello.SupportedGroups!.Contains(group) && start.Options.Crypto.Supports(group)).ToArray();
        if (groups.Length == 0)
            throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No common group.");
        var group = groups.Cast<NamedGroup?>().FirstOrDefault(group => hello.KeyShares!.Any(share => share.Group == group)) ?? groups[0];
        foreach (var certificate in start.Site.Certificates)
        {
            SignatureScheme[] schemes = certificate.PublicKey.Algorithm switch
            {
                KeyAlgorithm.Rsa => [SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512],
                KeyAlgorithm.EcdsaP256 => [SignatureScheme.EcdsaSecp256r1Sha256],
                KeyAlgorithm.EcdsaP384 => [SignatureScheme.EcdsaSecp384r1Sha384],
                _ => [SignatureScheme.Ed25519],
            };
            foreach (var scheme in schemes)
            {
                if (hello.SignatureAlgorithms!.Contains(scheme))
                    return new Tls13Choice(suite, group, certificate, scheme, ApplicationProtocolOf(start));
            }
        }

        throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No certificate that the client can verify.");
    }

    /// <summary>The client's share of the chosen group, where it sent one.</summary>
    public ReadOnlyMemory<byte>? FindShare(ClientHello hello)
    {
        foreach (var share in hello.KeyShares!)
        {
            if (share.Group == Group)
                return share.KeyExchange;
        }

        return null;
    }

    private static string? ApplicationProtocolOf(HandshakeStart start)
    {
        if (start.Hello.ApplicationProtocols is not { } offered || start.Site.ApplicationProtocols.Count == 0)
            return null;
        return start.Site.ApplicationProtocols.FirstOrDefault(offered.Contains)
            ?? throw new PeerIncompatibleException(AlertDescription.NoApplicationProtocol, "No common ALPN protocol.");
    }
}
