using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.DelegatedCredentials;
using Latchkey.KeyStores;
using Latchkey.KeyStores.Files;
using Latchkey.KeyStores.Pkcs11;
using Latchkey.KeyStores.Tpm;
using Latchkey.Tls;
using Latchkey.Tls.Clients;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// One site whose private key is at a key server, or in a device beside this process: what <c>listen.UseKeylessHttps(o => …)</c> needs to know. Paths are relative to the
/// process's working directory. Mistakes are found when the endpoint is configured, not at the first connection.
/// </summary>
public sealed class KeylessHttpsOptions
{
    /// <summary>PEM chain, the site's own certificate first. There is no key beside it.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>
    /// What the site is called: in logs, and where it shares tickets with others (<see cref="TicketKeysFromKeyServer"/>), at all of them, which is the first of an edge's
    /// <c>names</c>. Default: the certificate's first DNS name.
    /// </summary>
    public string? SiteName { get; set; }

    /// <summary>Further chains for the same names (RSA beside ECDSA); the first that suits the client is used.</summary>
    public IList<string> AdditionalCertificatePaths { get; } = [];

    /// <summary>
    /// In place of a key server: the URI of the site's private key beside this process, as in <c>pkcs11:token=site;object=tls?module-path=/usr/lib/softhsm/libsofthsm2.so&amp;pin-source=/etc/site/pin</c>. It has to be
    /// the key of <see cref="CertificatePath"/>, and signs on threads of its own.
    /// </summary>
    public string? Key { get; set; }

    /// <summary>What opens <see cref="Key"/>. Default: <c>file:</c>, <c>pkcs11:</c>, <c>tpm2:</c>. Not disposed here: they live as long as the process.</summary>
    public IList<IKeyStore> KeyStores { get; } = [new FileKeyStore(), new Pkcs11KeyStore(), new TpmKeyStore()];

    /// <summary>What this process may hold of a handshake: <c>signature</c> (default), <c>premaster</c> (the deployed protocol's raw operations), <c>exchange</c>,
    /// <c>master-secret</c>, <c>session-keys</c>, <c>handshake</c> (the key server conducts it), or <c>fetched-key</c> (for a while the key itself).</summary>
    public string Custody { get; set; } = "signature";

    /// <summary>Custody <c>fetched-key</c>: how long a fetched key stays in memory, unless the key server grants less; zero: for one operation. Default 60 s.</summary>
    public TimeSpan KeepKey { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Which suites are offered.</summary>
    public TlsProfile Profile { get; set; } = TlsProfile.Default;

    /// <summary>
    /// Whether clients that come back resume their session, by tickets under a key of this process's own (R3), without a question to the key server. Default true. For tickets that other
    /// machines open too, see <see cref="TicketKeysFromKeyServer"/>.
    /// </summary>
    public bool Resumption { get; set; } = true;

    /// <summary>How long a session may be resumed, at most 7 days. Default 12 h.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Bounds against misbehaving clients.</summary>
    public TlsLimits Limits { get; set; } = new();

    /// <summary>For one operation of the key server, queueing and reconnecting included. Default 5 s.</summary>
    public TimeSpan KeyServerTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Asks clients for certificates (catalogue G1), in the handshake; applications find them in
    /// <c>HttpContext.Connection.ClientCertificate</c>.</summary>
    /// <param name="mode">Whether a client may go without.</param>
    /// <param name="authoritiesPath">PEM certificates of the authorities that clients' certificates must chain to; no other root counts.</param>
    /// <param name="revocationPaths">Revocation lists of these authorities, PEM or DER; without any, revocation is not looked at.</param>
    public void ClientCertificates(ClientCertificateMode mode, string authoritiesPath, params IReadOnlyList<string> revocationPaths) =>
        Clients = new ClientAuthorities(
            mode,
            () => PemFile.Certificates(authoritiesPath, "the authorities of the clients"),
            () => [.. revocationPaths.Select(path => PemFile.Bytes(path, "a revocation list of the clients' authorities"))]);

    /// <summary>The same with certificates that are in memory, or in a store, already. They stay the caller's.</summary>
    public void ClientCertificates(ClientCertificateMode mode, X509Certificate2Collection authorities)
    {
        ArgumentNullException.ThrowIfNull(authorities);
        Clients = new ClientAuthorities(mode, () => authorities, () => []);
    }

    /// <summary>
    /// Tickets under the site's ticket keys as the key servers of <see cref="KeyServer(string, string, string, string)"/> give them to the fleet (R5, T1): a client that comes
    /// back at another process or edge of the site resumes its session there, and the other way round. Their rules have to allow this process <c>ticket-keys</c>.
    /// Where they have no fresh key, no tickets are given out.
    /// </summary>
    public void TicketKeysFromKeyServer() => TicketKeys = FleetTicketKeys.OfKeyServer;

    /// <summary>The same from key servers that serve for nothing else here: where the site's private key is beside this process (<see cref="Key"/>).</summary>
    /// <inheritdoc cref="KeyServer(string, string, string, string)" path="/param"/>
    public void TicketKeysFrom(string endPoints, string certificatePath, string keyPath, string authoritiesPath) =>
        TicketKeys = new FleetTicketKeys(KeyServerAddress.Of(endPoints, certificatePath, keyPath, authoritiesPath));

    /// <summary>The same with certificates that are in memory, or in a store, already. They stay the caller's.</summary>
    public void TicketKeysFrom(string endPoints, X509Certificate2 certificate, X509Certificate2Collection authorities) =>
        TicketKeys = new FleetTicketKeys(KeyServerAddress.Of(endPoints, certificate, authorities));

    /// <summary>
    /// Delegated credentials (RFC 9345, X6) from the key server, for keys that are made here: to clients that know them this process makes full TLS 1.3 handshakes without a question, also while the
    /// key server is away. All others are served as without. The key server's rules have to allow this process <c>delegated-credential</c>, a certificate has to allow it, and the custody is
    /// <c>signature</c>.
    /// </summary>
    /// <param name="lifetime">Of each, in whole seconds: at least 2, at most 7 days; it is replaced at half of it. Default 2 hours. Where the rules allow less, none is issued.</param>
    public void DelegatedCredentials(TimeSpan? lifetime = null) => Delegation = lifetime is { } given ? new DelegatedCredentialTerms { Lifetime = given } : new DelegatedCredentialTerms();

    internal ClientAuthorities? Clients { get; private set; }

    internal DelegatedCredentialTerms? Delegation { get; private set; }

    internal KeyServerAddress? Address { get; private set; }

    internal FleetTicketKeys? TicketKeys { get; private set; }

    /// <summary>Names the key server and proves this process to it, by PEM files.</summary>
    /// <param name="endPoints"><c>host:port</c>; several that hold the same keys are separated by commas.</param>
    /// <param name="certificatePath">This process's own certificate for the link (not the site's).</param>
    /// <param name="keyPath">Its private key, not encrypted.</param>
    /// <param name="authoritiesPath">The authorities that the key server's certificate must chain to; no other root counts.</param>
    public void KeyServer(string endPoints, string certificatePath, string keyPath, string authoritiesPath) =>
        Address = KeyServerAddress.Of(endPoints, certificatePath, keyPath, authoritiesPath);

    /// <summary>The same with certificates that are in memory, or in a store, already. They stay the caller's.</summary>
    public void KeyServer(string endPoints, X509Certificate2 certificate, X509Certificate2Collection authorities) =>
        Address = KeyServerAddress.Of(endPoints, certificate, authorities);
}

/// <summary>Who clients must be, by which certificates; read late like the others.</summary>
internal sealed record ClientAuthorities(ClientCertificateMode Mode, Func<X509Certificate2Collection> Authorities, Func<IReadOnlyList<byte[]>> RevocationLists);
