using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Demo;

/// <summary>A client as any other: trusts the demonstration's authority alone, verifies name and chain, speaks HTTP/2 where it may.</summary>
internal static class DemoClient
{
    /// <param name="authorityFile">PEM; nothing else is trusted.</param>
    /// <param name="port">Of the edge, on loopback.</param>
    /// <param name="wish">Version and kind of handshake.</param>
    public static HttpClient Create(string authorityFile, int port, DemoWish wish)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = wish.Protocols,
                CertificateChainPolicy = policy,
                AllowTlsResume = wish.Resume,
                CipherSuitesPolicy = SuitesOf(wish),
            },
            // Not every resolver knows the names under localhost.
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return new HttpClient(handler)
        {
            Timeout = TimeSpan.FromSeconds(20),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
    }

    // Only Linux lets a program say which suites it offers; elsewhere RSA key exchange cannot be shown.
    private static CipherSuitesPolicy? SuitesOf(DemoWish wish) =>
        wish.RsaKeyExchange && OperatingSystem.IsLinux() ? new CipherSuitesPolicy([TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256]) : null;
}

/// <summary>What a client of the demonstration wants to see.</summary>
/// <param name="Protocols">The version.</param>
/// <param name="Resume">Whether it may take up a session it has.</param>
/// <param name="RsaKeyExchange">TLS 1.2 with RSA key exchange instead of an ephemeral one.</param>
internal sealed record DemoWish(SslProtocols Protocols, bool Resume = false, bool RsaKeyExchange = false);
