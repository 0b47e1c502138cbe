using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployed;

/// <summary>A client as today's edges are: mutual TLS 1.2 by SslStream, frames by <see cref="Frames"/>.</summary>
internal sealed class DeployedEdge : IAsyncDisposable
{
    private readonly TcpClient _connection = new() { NoDelay = true };
    private readonly SslStream _stream;

    private DeployedEdge(IPEndPoint keyServer, X509Certificate2 trusted)
    {
        _connection.Connect(keyServer);
        _stream = new SslStream(_connection.GetStream(), false, (_, certificate, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(trusted);
            return chain.Build((X509Certificate2)certificate!);
        });
    }

    public SslStream Stream => _stream;

    public static async Task<DeployedEdge> ConnectAsync(
        IPEndPoint keyServer, TestAuthority authority, TestCertificate? certificate, SslProtocols protocol = SslProtocols.Tls12)
    {
        var edge = new DeployedEdge(keyServer, X509CertificateLoader.LoadCertificate(authority.Certificate));
        try
        {
            await edge._stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocol,
                ClientCertificates = certificate is null ? null : [certificate.WithPrivateKey()],
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            });
        }
        catch
        {
            await edge.DisposeAsync();
            throw;
        }

        return edge;
    }

    public async Task<Message?> AskAsync(byte[] request)
    {
        await _stream.WriteAsync(request, TestContext.Current.CancellationToken);
        return await ReadAsync();
    }

    public Task<Message?> ReadAsync() =>
        Frames.ReadAsync(_stream, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _connection.Dispose();
    }
}
