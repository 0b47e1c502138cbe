using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;

namespace Latchkey.Tls.AspNetCore.Tests.Harness;

/// <summary>The base library's client, which trusts the test authority and nobody else.</summary>
internal static class Visitor
{
    private static readonly X509Certificate2 Root = X509CertificateLoader.LoadCertificate(KeylessApplication.Authority.Certificate);

    public static HttpClient Http(int port, Version? version = null, TestCertificate? client = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(port, cancellationToken), ownsSocket: true),
        SslOptions = Options(client),
    })
    {
        BaseAddress = new Uri("https://example.test/"),
        DefaultRequestVersion = version ?? HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>A connection after its handshake.</summary>
    /// <exception cref="AuthenticationException">The handshake failed.</exception>
    public static async Task<SslStream> TlsAsync(int port, string name = "example.test", params SslApplicationProtocol[] protocols)
    {
        var stream = new SslStream(new NetworkStream(await ConnectAsync(port, TestContext.Current.CancellationToken), ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(Options(name, protocols), TestContext.Current.CancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public static async Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return socket;
    }

    private static SslClientAuthenticationOptions Options(TestCertificate? client)
    {
        var options = Options();
        options.ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client.WithPrivateKey(), null, offline: true);
        return options;
    }

    public static SslClientAuthenticationOptions Options(string name = "example.test", params SslApplicationProtocol[] protocols)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(Root);
        return new SslClientAuthenticationOptions
        {
            TargetHost = name,
            CertificateChainPolicy = trust,
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols],
        };
    }
}
