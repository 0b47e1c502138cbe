using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;

namespace Latchkey.Attacks;

/// <summary>A site of the engine behind one accepted TCP connection.</summary>
internal sealed class AttackedSite(TestCertificate certificate, IHandshakeKey key, TlsProfile profile = TlsProfile.Default)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Sends these bytes to a fresh connection.</summary>
    /// <returns>How the server's handshake failed, and all it sent.</returns>
    public async Task<(Exception? Failure, byte[] Sent)> AttackAsync(byte[] bytes)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var attacker = new TcpClient();
        await attacker.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync();
        var serving = ServeAsync(accepted);
        var stream = attacker.GetStream();
        await stream.WriteAsync(bytes);
        var failure = await serving.WaitAsync(Patience);
        accepted.Shutdown(SocketShutdown.Send);
        using var sent = new MemoryStream();
        await stream.CopyToAsync(sent).WaitAsync(Patience);
        return (failure, sent.ToArray());
    }

    /// <summary>Serves one handshake on a connection and closes it.</summary>
    public async Task<Exception?> ServeAsync(Socket socket)
    {
        var stream = new NetworkStream(socket);
        try
        {
            await using var connection = await TlsServerConnection.AcceptAsync(
                new Transport(PipeReader.Create(stream), PipeWriter.Create(stream)), Options(), TlsEndPoints.None, CancellationToken.None);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private TlsServerOptions Options()
    {
        var site = new TlsSite
        {
            Name = "site.test",
            Profile = profile,
            Certificates =
            [
                new TlsCertificate
                {
                    Chain = [certificate.Certificate],
                    PublicKey = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey()),
                    Custody = new SignatureCustody("attacked", key),
                },
            ],
        };
        return new TlsServerOptions { Sites = new SiteTable([], site) };
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
