using System.IO.Pipelines;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>A scripted client and the server's side of its connection, in memory.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    private readonly PipeTransport _serverTransport;

    public Conversation(TlsServerOptions? options = null, Func<PipeReader, PipeReader>? onServerInput = null, long pauseWriterThreshold = 1 << 20)
    {
        var (client, server) = PipeTransport.Pair(pauseWriterThreshold);
        _serverTransport = onServerInput is null ? server : new PipeTransport(onServerInput(server.Input), server.Output);
        ClientTransport = client;
        Client = new ScriptedClient(client);
        Accepting = TlsServerConnection.AcceptAsync(_serverTransport, options ?? TestSite.Options(), TlsEndPoints.None, CancellationToken.None).AsTask();
    }

    public ScriptedClient Client { get; }

    public PipeTransport ClientTransport { get; }

    public Task<TlsServerConnection> Accepting { get; }

    /// <summary>Both sides' handshake.</summary>
    public async Task<TlsServerConnection> HandshakeAsync()
    {
        await Client.HandshakeAsync();
        return await Accepting.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>The server's handshake fails by <typeparamref name="T"/>, and the client is told by this alert.</summary>
    public async Task<T> FailsAsync<T>(AlertDescription alert)
        where T : TlsException
    {
        Assert.Equal(alert, await Client.ReadAlertAsync());
        return await FailsSilentlyAsync<T>(alert);
    }

    /// <summary>The server's handshake fails by <typeparamref name="T"/>.</summary>
    public async Task<T> FailsSilentlyAsync<T>(AlertDescription? alert)
        where T : TlsException
    {
        var failure = await Assert.ThrowsAsync<T>(() => Accepting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(alert, failure.Alert);
        return failure;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        ClientTransport.Output.Complete();
        ClientTransport.Input.Complete();
        try
        {
            await using var connection = await Accepting.WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TlsException)
        {
            // The test has asserted what it wanted to.
        }

        _serverTransport.Output.Complete();
        _serverTransport.Input.Complete();
    }
}
