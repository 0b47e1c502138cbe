using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Messages;

namespace Latchkey.Bogo;

/// <summary>What the runner has the shim check on its side of a handshake that ended well.</summary>
internal sealed class ExpectedOutcome
{
    private readonly List<SignatureScheme> _clientSchemes = [];
    private string? _advertisedAlpn;
    private string? _alpn;
    private string? _serverName;
    private ushort? _version;
    private CipherSuite? _suite;
    private NamedGroup? _group;
    private int? _credential;
    private bool? _retry;
    private bool? _extendedMasterSecret;
    private bool _secureRenegotiation;
    private bool _sessionMiss;
    private bool? _remembered;
    private string? _clientChainFile;
    private bool _noClientCertificate;
    private bool? _earlyData;

    /// <returns>false where the flag is none of this kind, or for something that the engine does not do.</returns>
    public bool TrySet(string name, Func<string> value)
    {
        switch (name)
        {
            case "-expect-advertised-alpn": _advertisedAlpn = value(); return true;
            case "-expect-alpn": _alpn = value(); return true;
            case "-expect-server-name": _serverName = value(); return true;
            case "-expect-version": _version = (ushort)Number(value()); return true;
            case "-expect-cipher": _suite = (CipherSuite)Number(value()); return true;
            case "-expect-cipher-aes": _suite = Aes.IsSupported ? (CipherSuite)Number(value()) : Skip(value()); return true;
            case "-expect-cipher-no-aes": _suite = Aes.IsSupported ? Skip(value()) : (CipherSuite)Number(value()); return true;
            case "-expect-curve-id": _group = ShimFlags.Group(value()); return true;
            case "-expect-selected-credential": _credential = Number(value()); return true;
            case "-expect-peer-verify-pref": _clientSchemes.Add((SignatureScheme)Number(value())); return true;
            case "-expect-hrr": _retry = true; return true;
            case "-expect-no-hrr": _retry = false; return true;
            case "-expect-extended-master-secret": _extendedMasterSecret = true; return true;
            case "-expect-no-extended-master-secret": _extendedMasterSecret = false; return true;
            case "-expect-secure-renegotiation": _secureRenegotiation = true; return true;
            case "-expect-session-miss": _sessionMiss = true; return true;
            case "-expect-accept-early-data": _earlyData = true; return true;
            case "-expect-reject-early-data": _earlyData = false; return true;
            // Why there is no early data is not told; that there is none is.
            case "-expect-early-data-reason": _earlyData = value() == "accept"; return true;
            // Nor is the skew; what follows from it, whether early data is accepted, is checked.
            case "-expect-ticket-age-skew": _ = value(); return true;
            case "-expect-session-id": _remembered = true; return true;
            case "-expect-no-session-id": _remembered = false; return true;
            case "-expect-peer-cert-file": _clientChainFile = value(); return true;
            case "-expect-no-peer-cert": _noClientCertificate = true; return true;
            // That the client's certificate was accepted is seen by the connection; the runner's client signs by one scheme only.
            case "-expect-verify-result": return true;
            case "-expect-peer-signature-algorithm": _ = value(); return true;
            default: return false;
        }

        CipherSuite? Skip(string _) => _suite;
    }

    /// <exception cref="ExpectationException">Something is otherwise.</exception>
    /// <param name="wouldResume">Whether the runner's client has a session to go on with.</param>
    /// <param name="sessions">Of this connection and those before it.</param>
    public void Check(RunnerSite site, TlsServerConnection connection, bool wouldResume, RunnerSessions sessions)
    {
        var (hello, info) = (site.Hello!, connection.Info);
        Same("resumed", wouldResume && !_sessionMiss, info.Resumed is not null);
        if (!wouldResume)
            Same("session kept under an identifier", _remembered, sessions.Remembered.Any);
        Same("server name", _serverName, info.ServerName);
        Same("application protocol", _alpn, info.ApplicationProtocol);
        Same("advertised protocols", _advertisedAlpn, Advertised(hello));
        Same("version", _version, (ushort)info.Version);
        Same("suite", _suite, info.CipherSuite);
        Same("group", _group, info.Group);
        Same("retry", _retry, info.Version == TlsVersion.Tls13 && hello.KeyShares?.Any(share => share.Group == info.Group) != true);
        Same("extended master secret", _extendedMasterSecret, info.Version == TlsVersion.Tls13 || hello.ExtendedMasterSecret);
        if (_credential is { } credential)
            Same("credential", true, site.IsUsed(credential, info));
        if (_clientSchemes.Count > 0)
            Same("the client's schemes", string.Join(", ", _clientSchemes), string.Join(", ", hello.SignatureAlgorithms ?? []));
        Same("early data accepted", _earlyData, !connection.IsHandshakeOver);
        if (_noClientCertificate)
            Same("client certificates", 0, info.ClientCertificates.Count);
        if (_clientChainFile is not null)
            Same("the client's chain", Chain(_clientChainFile), string.Join(", ", info.ClientCertificates.Select(certificate => Convert.ToBase64String(certificate.Span))));
        if (_secureRenegotiation)
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

    private static string Chain(string file)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(file);
        return string.Join(", ", chain.Select(certificate => Convert.ToBase64String(certificate.RawData)));
    }

    private static void Same<T>(string what, T? expected, T? actual)
    {
        if (expected is not null && !expected.Equals(actual))
            throw new ExpectationException($"{what}: expected {expected}, got {actual}");
    }

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}

/// <summary>The handshake ended well, yet not as the runner expects.</summary>
internal sealed class ExpectationException(string message) : Exception(message);
