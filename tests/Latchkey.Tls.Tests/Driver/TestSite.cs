using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>Server options for one site, <c>example.test</c>, whose key a test can make slow, absent or wrong.</summary>
internal static class TestSite
{
    public static TestAuthority Authority { get; } = TestAuthority.Create();

    public static TestCertificate Ecdsa { get; } = Authority.IssueServer(TestKey.EcdsaP256, "example.test", "127.0.0.1");

    public static TlsServerOptions Options(
        IHandshakeKey? key = null, TlsLimits? limits = null, string[]? protocols = null, TestCertificate? certificate = null, HandshakeObserver? observer = null, TimeProvider? timeProvider = null,
        ResumptionOptions? resumption = null, PreSharedKeyHolder? preSharedKeys = null, Custody? custody = null, ClientCertificates? clientCertificates = null,
        DelegatedCredentialSource[]? delegated = null)
    {
        certificate ??= Ecdsa;
        var crypto = CryptoProvider.Default;
        using var x509 = certificate.WithoutPrivateKey();
        var site = new TlsSite
        {
            Name = "example.test",
            ApplicationProtocols = protocols ?? [],
            Resumption = resumption,
            PreSharedKeys = preSharedKeys,
            ClientCertificates = clientCertificates,
            DelegatedCredentials = delegated ?? [],
            Observer = observer is null ? null : () => observer,
            Certificates =
            [
                new TlsCertificate
                {
                    Chain = [certificate.Certificate, .. certificate.Intermediates.Select(der => (ReadOnlyMemory<byte>)der)],
                    PublicKey = crypto.ImportPublicKey(x509.PublicKey.ExportSubjectPublicKeyInfo()),
                    Custody = custody ?? new SignatureCustody("local", key ?? new TestHandshakeKey(crypto.ImportPrivateKey(certificate.PrivateKey))),
                },
            ],
        };
        timeProvider ??= TimeProvider.System;
        return new TlsServerOptions
        {
            Sites = new OneSite(site),
            Crypto = crypto,
            Limits = limits ?? new TlsLimits(),
            TimeProvider = timeProvider,
            UsedTickets = new SingleUseTickets(),
            // As in a process that has been up for a while.
            EarlyDataGuard = new EarlyDataGuard(timeProvider.GetUtcNow() - TimeSpan.FromHours(1)),
        };
    }

    public static TestHandshakeKey Key() => new(CryptoProvider.Default.ImportPrivateKey(Ecdsa.PrivateKey));

    private sealed class OneSite(TlsSite site) : ISiteSelector
    {
        public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken) =>
            ValueTask.FromResult(hello.ServerName is null or "example.test" ? site : null);
    }
}
