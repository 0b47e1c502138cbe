using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>The server's order of suites, bent for clients without AES instructions.</summary>
internal static class SuitePreference
{
    /// <summary>The suite of a TLS 1.3 handshake.</summary>
    /// <exception cref="PeerIncompatibleException">handshake_failure: none in common.</exception>
    public static CipherSuite Choose13(ClientHello hello) => Common(hello, TlsVersion.Tls13, TlsProfile.Default).FirstOrDefault()?.Suite
        ?? throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "No common TLS 1.3 suite.");

    /// <summary>Suites of the version and profile that the client offers, best first.</summary>
    public static IEnumerable<CipherSuiteFacts> Common(ClientHello hello, TlsVersion version, TlsProfile profile)
    {
        var common = CipherSuiteFacts.All.Where(facts => facts.Version == version && facts.Profile <= profile && hello.CipherSuites.Contains(facts.Suite));
        // A stable sort: within ChaCha20 and within AES the server's order stays.
        return PrefersChaCha20(hello, version) ? common.OrderBy(WithoutForwardSecrecy).ThenBy(IsAes) : common;
    }

    /// <summary>
    /// The client's first suite that we know for the version is a ChaCha20 one: it has no AES instructions, and AES-GCM would cost
    /// its battery several times as much. GREASE and unknown suites before it say nothing.
    /// </summary>
    private static bool PrefersChaCha20(ClientHello hello, TlsVersion version) =>
        hello.CipherSuites.Select(CipherSuiteFacts.Find).FirstOrDefault(facts => facts?.Version == version)?.Aead == AeadAlgorithm.ChaCha20Poly1305;

    private static bool WithoutForwardSecrecy(CipherSuiteFacts facts) => facts.KeyExchange == KeyExchangeMethod.Rsa;

    private static bool IsAes(CipherSuiteFacts facts) => facts.Aead != AeadAlgorithm.ChaCha20Poly1305;
}
