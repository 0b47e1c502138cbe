using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Relay;

/// <summary>What a relayed handshake agreed on, as far as the machine at the client's side does not know it by itself.</summary>
public sealed record RelayedAgreement
{
    /// <summary>Version.</summary>
    public required TlsVersion Version { get; init; }

    /// <summary>Suite.</summary>
    public required CipherSuite CipherSuite { get; init; }

    /// <summary>Group of the key exchange; null for RSA key exchange and resumption without one.</summary>
    public NamedGroup? Group { get; init; }

    /// <summary>Scheme of the server's signature; null for RSA key exchange and resumption.</summary>
    public SignatureScheme? SignatureScheme { get; init; }

    /// <summary>ALPN; null where none was negotiated.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>Facts of the session that was resumed; null after a full handshake.</summary>
    public SessionFacts? Resumed { get; init; }

    /// <summary>What became of the session that the client brought back; null where it brought none.</summary>
    public ResumptionAttempt? Resumption { get; init; }

    /// <summary>Of a handshake that was conducted here.</summary>
    internal static RelayedAgreement Of(TlsHandshakeInfo info) => new()
    {
        Version = info.Version,
        CipherSuite = info.CipherSuite,
        Group = info.Group,
        SignatureScheme = info.SignatureScheme,
        ApplicationProtocol = info.ApplicationProtocol,
        Resumed = info.Resumed,
        Resumption = info.Resumption,
    };
}
