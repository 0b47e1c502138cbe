using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>What the ClientHello and the site settle of a TLS 1.2 handshake.</summary>
/// <param name="Suite">Facts of the suite.</param>
/// <param name="Certificate">The certificate, whose key goes with the suite; not presented where there is a pre-shared key.</param>
/// <param name="Signed">How ServerKeyExchange is made; null where it is not signed, or there is none.</param>
/// <param name="PreSharedGroup">The group of the key exchange beside a pre-shared key (G4); null without one.</param>
/// <param name="EncryptThenMac">Whether records are encrypt-then-MAC (RFC 7366): an AES-CBC suite with a client that knows it.</param>
/// <param name="ApplicationProtocol">ALPN or null.</param>
internal sealed record Tls12Choice(CipherSuiteFacts Suite, TlsCertificate Certificate, SignedExchange? Signed, NamedGroup? PreSharedGroup, bool EncryptThenMac, string? ApplicationProtocol)
{
    /// <exception cref="PeerIncompatibleException">handshake_failure: nothing in common; no_application_protocol.</exception>
    public static Tls12Choice Choose(ClientHello hello, TlsSite site, CryptoProvider crypto)
    {
        var suites = SuitePreference.Common(hello, TlsVersion.Tls12, site).Where(suite => suite.Cipher.IsSupported(crypto, hello.EncryptThenMac)).ToArray();
        var groups = new CommonGroups(GroupPreference.Choose12(hello, crypto), GroupPreference.ChooseFiniteField(hello, site, crypto));
        var preShared = ChoosePreShared(groups, suites);
        var (suite, certificate, signed) = preShared is { } chosen ? (chosen.Suite, site.Certificates[0], null) : ChooseSigned(hello, site, groups, [.. suites.Where(suite => suite.Cipher.IsAead)])
            ?? ChooseSigned(hello, site, groups, suites)
            ?? ChooseRsa(site, suites)
            ?? throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No common TLS 1.2 suite, group and signature scheme.");
        return new Tls12Choice(suite, certificate, signed, preShared?.Group, hello.EncryptThenMac && !suite.Cipher.IsAead, ApplicationProtocolChoice.Choose(hello, site, suite));
    }

    /// <summary>Before all certificates: who offers such a suite has a key, which authenticates the client too.</summary>
    private static (CipherSuiteFacts Suite, NamedGroup Group)? ChoosePreShared(CommonGroups groups, CipherSuiteFacts[] suites)
    {
        var suite = Array.Find(suites, suite => suite.Authentication == SuiteAuthentication.PreSharedKey && groups.For(suite) is not null);
        return suite is null ? null : (suite, groups.For(suite)!.Value);
    }

    /// <summary>The site's order of certificates comes before the order of suites; forward secrecy, then an AEAD, before both.</summary>
    private static (CipherSuiteFacts, TlsCertificate, SignedExchange?)? ChooseSigned(ClientHello hello, TlsSite site, CommonGroups groups, CipherSuiteFacts[] suites)
    {
        foreach (var certificate in site.Certificates)
        {
            var suite = Array.Find(suites, suite => groups.For(suite) is not null && suite.Authentication == AuthenticationOf(certificate));
            if (suite is null || !CurveIsKnown(hello, certificate))
                continue;
            if (SignatureSchemeChoice.Choose(certificate.PublicKey, TlsVersion.Tls12, hello) is { } scheme)
                return (suite, certificate, new SignedExchange(groups.For(suite)!.Value, scheme));
        }

        return null;
    }

    private static (CipherSuiteFacts, TlsCertificate, SignedExchange?)? ChooseRsa(TlsSite site, CipherSuiteFacts[] suites)
    {
        var suite = Array.Find(suites, suite => suite.KeyExchange == KeyExchangeMethod.Rsa);
        var certificate = site.Certificates.FirstOrDefault(certificate => certificate.PublicKey.Algorithm == KeyAlgorithm.Rsa);
        return suite is null || certificate is null ? null : (suite, certificate, null);
    }

    private static SuiteAuthentication AuthenticationOf(TlsCertificate certificate) => certificate.PublicKey.Algorithm switch
    {
        KeyAlgorithm.Rsa => SuiteAuthentication.Rsa,
        KeyAlgorithm.Dsa => SuiteAuthentication.Dss,
        _ => SuiteAuthentication.Ecdsa,
    };

    /// <summary>RFC 8422 §5.3: the curve of an ECDSA certificate must be one of the client's supported_groups, where it has sent them.</summary>
    private static bool CurveIsKnown(ClientHello hello, TlsCertificate certificate) => certificate.PublicKey.Algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => hello.SupportedGroups?.Contains(NamedGroup.Secp256r1) ?? true,
        KeyAlgorithm.EcdsaP384 => hello.SupportedGroups?.Contains(NamedGroup.Secp384r1) ?? true,
        _ => true,
    };

    /// <summary>The groups that ECDHE and DHE would use; null where there is none.</summary>
    private sealed record CommonGroups(NamedGroup? Curve, NamedGroup? FiniteField)
    {
        public NamedGroup? For(CipherSuiteFacts suite) => suite.KeyExchange switch
        {
            KeyExchangeMethod.Ecdhe => Curve,
            KeyExchangeMethod.Dhe => FiniteField,
            _ => null,
        };
    }
}

/// <summary>How a signed key exchange is made.</summary>
internal sealed record SignedExchange(NamedGroup Group, SignatureScheme Scheme);
