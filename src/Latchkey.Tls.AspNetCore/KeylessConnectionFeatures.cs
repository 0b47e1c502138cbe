using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// Everything Kestrel and applications ask of a TLS connection, in one object per connection: <c>Scheme == "https"</c> hangs on
/// <see cref="ITlsConnectionFeature"/>, HTTP/2 on <see cref="ITlsApplicationProtocolFeature"/> and (TLS 1.2 or later, RFC 9113 §9.2)
/// on <see cref="ITlsHandshakeFeature"/>.
/// </summary>
internal sealed class KeylessConnectionFeatures(EstablishedTls tls, TimeSpan duration) :
    ITlsConnectionFeature, ITlsApplicationProtocolFeature, ITlsHandshakeFeature, IKeylessHandshakeFeature, IEarlyDataFeature
{
    public TlsHandshakeInfo Handshake { get; } = tls.Info;

    public TimeSpan Duration { get; } = duration;

    public bool MayBeReplayed => !tls.IsHandshakeOver;

    private X509Certificate2? _clientCertificate;
    private bool _clientCertificateIsSet;

    /// <summary>The certificate that the client has proven to hold, verified by the site's authorities; null without one (G1). An application may
    /// put another in its place, as with Kestrel's own TLS.</summary>
    public X509Certificate2? ClientCertificate
    {
        get
        {
            if (!_clientCertificateIsSet && Handshake.ClientCertificates is [var own, ..])
                ClientCertificate = X509CertificateLoader.LoadCertificate(own.Span);
            return _clientCertificate;
        }
        set => (_clientCertificate, _clientCertificateIsSet) = (value, true);
    }

    /// <summary>The same: post-handshake authentication is not asked for, so there is nothing to wait for.</summary>
    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(ClientCertificate);

    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = tls.Info.ApplicationProtocol switch
    {
        null => default,
        "h2" => SslApplicationProtocol.Http2.Protocol,
        "http/1.1" => SslApplicationProtocol.Http11.Protocol,
        var other => Encoding.ASCII.GetBytes(other),
    };

    public SslProtocols Protocol => Handshake.Version == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12;

    /// <summary>Both enumerations hold the IANA values.</summary>
    public TlsCipherSuite? NegotiatedCipherSuite => (TlsCipherSuite)Handshake.CipherSuite;

    public string HostName => Handshake.ServerName ?? "";

    // What follows is obsolete (TLS 1.3 has no such notions) but part of the interface.
#pragma warning disable SYSLIB0058
    public CipherAlgorithmType CipherAlgorithm => CipherAlgorithmType.None;

    public int CipherStrength => 0;

    public HashAlgorithmType HashAlgorithm => HashAlgorithmType.None;

    public int HashStrength => 0;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => ExchangeAlgorithmType.None;

    public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058
}
