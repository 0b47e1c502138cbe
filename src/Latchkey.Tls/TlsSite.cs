using System.Net;
using Latchkey.Crypto;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls;

/// <summary>Finds the site that a ClientHello asks for (catalogue I1, I2).</summary>
public interface ISiteSelector
{
    /// <returns>null where there is none: the client gets <c>unrecognized_name</c>.</returns>
    ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken);
}

/// <summary>Addresses of the TCP connection; null where the transport is not IP.</summary>
/// <param name="Client">The peer.</param>
/// <param name="Server">The local side.</param>
public sealed record TlsEndPoints(IPEndPoint? Client, IPEndPoint? Server)
{
    /// <summary>Not IP.</summary>
    public static TlsEndPoints None { get; } = new(null, null);
}

/// <summary>One site as its handshakes see it: certificates with their custody, suites, versions, ALPN. Immutable.</summary>
public sealed class TlsSite
{
    /// <summary>For logs and metrics: the site's first configured name.</summary>
    public required string Name { get; init; }

    /// <summary>Certificates in order of preference; the first whose key suits the client's signature algorithms is used.</summary>
    public required IReadOnlyList<TlsCertificate> Certificates { get; init; }

    /// <summary>Delegated credentials for the certificates, in order of preference (RFC 9345, catalogue X6). TLS 1.3 only. Default none.</summary>
    public IReadOnlyList<DelegatedCredentials.DelegatedCredentialSource> DelegatedCredentials { get; init; } = [];

    /// <summary>Which suites are offered.</summary>
    public TlsProfile Profile { get; init; } = TlsProfile.Default;

    /// <summary>Narrows what the profile offers; null: all of it.</summary>
    public IReadOnlySet<CipherSuite>? CipherSuites { get; init; }

    /// <summary>
    /// The finite-field group of DHE for clients that name none (RFC 7919 §4). A client that knows DHE but neither curves nor these names is
    /// mostly a library built without curves, which takes any size; 3,072 bits are as strong as the rest of the handshake.
    /// </summary>
    public NamedGroup DhGroup { get; init; } = NamedGroup.Ffdhe3072;

    /// <summary>Lowest version served.</summary>
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    /// <summary>Highest version served.</summary>
    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;

    /// <summary>ALPN names in order of preference (RFC 7301), e.g. <c>h2</c>, <c>http/1.1</c>; empty: the extension is ignored.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>How its clients authenticate by certificate (catalogue G1); null: they are not asked.</summary>
    public ClientCertificates? ClientCertificates { get; init; }

    /// <summary>Conducts its handshakes elsewhere (custody <c>handshake</c>); null: they are conducted here. All certificates of a site have the same custody.</summary>
    internal Relay.HandshakeRelay? Relay => Certificates is [var first, ..] ? first.Custody.Relay : null;

    /// <summary>How its sessions are resumed; null: every handshake is a full one.</summary>
    public ResumptionOptions? Resumption { get; init; }

    /// <summary>Keys that its clients share with it beforehand, beside its certificates (catalogue G4); null: none.</summary>
    /// <remarks>Not used where client certificates are required: a handshake with such a key has none.</remarks>
    public Custodies.PreSharedKeyHolder? PreSharedKeys { get; init; }

    internal Custodies.PreSharedKeyHolder? UsablePreSharedKeys => ClientCertificates is { Mode: ClientCertificateMode.Require } ? null : PreSharedKeys;

    /// <summary>An observer of each handshake (trace, demo); null for none.</summary>
    public Func<HandshakeObserver>? Observer { get; init; }
}
