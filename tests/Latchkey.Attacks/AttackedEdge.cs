using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;

namespace Latchkey.Attacks;

/// <summary>An edge of the engine on a free port; its sites share what the test lets them share.</summary>
internal sealed class AttackedEdge : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly TlsServerOptions _options;

    /// <param name="sites">A single one has every name.</param>
    public AttackedEdge(params TlsSite[] sites)
    {
        _options = new TlsServerOptions { Sites = new SiteTable(sites.Select(site => KeyValuePair.Create(site.Name, site)), sites is [var only] ? only : null) };
        _listener = new LoopbackListener(ServeAsync);
    }

    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>How handshakes ended, in their order.</summary>
    public ConcurrentQueue<(TlsHandshakeInfo? Info, Exception? Failure)> Handshakes { get; } = new();

    /// <param name="custody">Has the key; null: it is here.</param>
    public static TlsSite Site(TestCertificate certificate, string name = "site.test", Custody? custody = null, ResumptionOptions? resumption = null, TlsProfile profile = TlsProfile.Default, params string[] protocols) => new()
    {
        Name = name,
        Profile = profile,
        Certificates = [Certificate(certificate, custody)],
        Resumption = resumption,
        ApplicationProtocols = protocols,
    };

    public static TlsCertificate Certificate(TestCertificate certificate, Custody? custody = null) => new()
    {
        Chain = [certificate.Certificate],
        PublicKey = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey()),
        Custody = custody ?? new SignatureCustody("local", new LocalHandshakeKey(CryptoProvider.Default.ImportPrivateKey(certificate.PrivateKey))),
    };

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _listener.ServedAsync().WaitAsync(ChildProcess.Patience);
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await using var connection = await TlsServerConnection.AcceptAsync(new Transport(PipeReader.Create(stream), PipeWriter.Create(stream)), _options, TlsEndPoints.None, stopping);
            Handshakes.Enqueue((connection.Info, null));
            while (!(await connection.Application.Input.ReadAsync(stopping)).IsCompleted)
                connection.Application.Input.AdvanceTo(default);
        }
        catch (Exception failure)
        {
            Handshakes.Enqueue((null, failure));
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
