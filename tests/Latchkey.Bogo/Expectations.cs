using System.Text;
using Latchkey.Tls;
using Latchkey.Tls.Messages;

namespace Latchkey.Bogo;

/// <summary>What the runner has the shim check on its side.</summary>
internal static class Expectations
{
    /// <exception cref="ExpectationException">Something is otherwise.</exception>
    public static void Check(ShimFlags flags, ClientHello hello, TlsHandshakeInfo info)
    {
        Same("server name", flags.ExpectedServerName, info.ServerName);
        Same("application protocol", flags.ExpectedAlpn, info.ApplicationProtocol);
        Same("advertised protocols", flags.ExpectedAdvertisedAlpn, Advertised(hello));
        Same("version", flags.ExpectedVersion, (ushort)info.Version);
        Same("group", flags.ExpectedGroup, info.Group);
        Same("retry", flags.ExpectedRetry, info.Version == TlsVersion.Tls13 && hello.KeyShares?.Any(share => share.Group == info.Group) != true);
        Same("extended master secret", flags.ExpectedExtendedMasterSecret, info.Version == TlsVersion.Tls13 || hello.ExtendedMasterSecret);
        if (flags.ExpectedCredential is { } credential)
            Same("credential", credential < 0 ? info.Site.Certificates.Count - 1 : credential, info.Site.Certificates.ToList().IndexOf(info.Certificate));
        if (flags.ExpectsSecureRenegotiation)
            Same("secure renegotiation", true, hello.SecureRenegotiation);
    }

    /// <summary>As on the wire: each name after its length.</summary>
    private static string Advertised(ClientHello hello)
    {
        var text = new StringBuilder();
        foreach (var name in hello.ApplicationProtocols ?? [])
            text.Append((char)name.Length).Append(name);
        return text.ToString();
    }

    private static void Same<T>(string what, T? expected, T? actual)
    {
        if (expected is not null && !expected.Equals(actual))
            throw new ExpectationException($"{what}: expected {expected}, got {actual}");
    }
}

/// <summary>The handshake ended well, yet not as the runner expects.</summary>
internal sealed class ExpectationException(string message) : Exception(message);
