using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Negotiation;

/// <summary>The server's order of suites, bent for clients without AES instructions.</summary>
internal static class SuitePreference
{
    /// <summary>The suite of a TLS 1.3 handshake.</summary>
    /// <exception cref="PeerIncompatibleException">handshake_failure: none in common.</exception>
    public static CipherSuite Choose13(ClientHello hello, TlsSite site) => Common(hello, TlsVersion.Tls13, site).FirstOrDefault()?.Suite
        ?? throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No common TLS 1.3 suite.");

    /// <summary>Suites of the version that the site serves and the client offers, best first.</summary>
    public static IEnumerable<CipherSuiteFacts> Common(ClientHello hello, TlsVersion version, TlsSite site)
    {
        var common = CipherSuiteFacts.All.Where(facts => facts.Version == version && IsServed(facts, site) && hello.CipherSuites.Contains(facts.Suite));
        // A stable sort: within ChaCha20 and within AES the server's order stays.
        return PrefersChaCha20(hello, version) ? common.OrderBy(ByKeyExchange).ThenBy(IsAes) : common;
    }

    private static bool IsServed(CipherSuiteFacts facts, TlsSite site) =>
        facts.Profile <= site.Profile && site.CipherSuites?.Contains(facts.Suite) != false
        && (facts.Authentication != SuiteAuthentication.PreSharedKey || site.UsablePreSharedKeys is { ServesTls12: true });

    /// <summary>
    /// The client's first suite that we know for the version is a ChaCha20 one: it has no AES instructions, and AES-GCM would cost
    /// its battery several times as much. GREASE and unknown suites before it say nothing.
    /// </summary>
    private static bool PrefersChaCha20(ClientHello hello, TlsVersion version) =>
        hello.CipherSuites.Select(CipherSuiteFacts.Find).FirstOrDefault(facts => facts?.Version == version) is { } first && !IsAes(first);

    /// <summary>ChaCha20 goes before AES, but neither a curve's speed nor forward secrecy is given up for it.</summary>
    private static KeyExchangeMethod ByKeyExchange(CipherSuiteFacts facts) => facts.KeyExchange;

    private static bool IsAes(CipherSuiteFacts facts) => facts.Cipher is not AeadRecordCipher { Algorithm: AeadAlgorithm.ChaCha20Poly1305 };
}
