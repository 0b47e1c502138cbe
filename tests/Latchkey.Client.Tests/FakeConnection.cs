using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Latchkey.Client.OnDemand;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>One edge's connection at the fake key server.</summary>
internal sealed class FakeConnection(FakeKeyServer server, Socket socket) : IAsyncDisposable
{
    private readonly SslStream _stream = new(new NetworkStream(socket, ownsSocket: true));
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>What grants on this connection are bound to.</summary>
    public ReadOnlyMemory<byte> Binding => LinkBinding.Of(_stream, SHA256.HashData(server.Certificate.RawData), SHA256.HashData(_stream.RemoteCertificate!.GetRawCertData()));

    public async Task RunAsync(SslServerAuthenticationOptions options, CancellationToken cancellationToken)
    {
        await _stream.AuthenticateAsServerAsync(options, cancellationToken);
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024));
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (KeylessFrame.TryRead(ref buffer, out var frame) == FrameStatus.Complete)
            {
                var message = new KeylessMessage();
                Assert.True(message.TryRead(frame), "the client sent a malformed message");
                await AnswerAsync(message);
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    public ValueTask RespondAsync(uint id, ReadOnlyMemory<byte> result)
    {
        var output = new ArrayBufferWriter<byte>();
        KeylessEncoder.WriteResponse(output, id, result.Span);
        return WriteAsync(output.WrittenMemory);
    }

    public ValueTask RefuseAsync(uint id, KeylessError error)
    {
        var output = new ArrayBufferWriter<byte>();
        KeylessEncoder.WriteError(output, id, error);
        return WriteAsync(output.WrittenMemory);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Kill()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0); // a reset, not an orderly end
            socket.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // the client was faster
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async ValueTask GreetAsync(KeylessMessage message)
    {
        await server.Greeting();
        await RespondAsync(message.Id, new PeerCapabilities(1, (PeerFeatures)0xF | server.Features).Write(new byte[6]).ToArray());
    }

    private async ValueTask PongAsync(KeylessMessage message)
    {
        if (server.PingDelay > TimeSpan.Zero)
            await Task.Delay(server.PingDelay);
        var pong = new ArrayBufferWriter<byte>();
        KeylessEncoder.WritePong(pong, message.Id, message.Payload.Span);
        await WriteAsync(pong.WrittenMemory);
    }

    private ValueTask AnswerAsync(KeylessMessage message)
    {
        switch (message.Opcode)
        {
            case Opcode.Ping:
                server.Pings++;
                return server.AnswersPings ? PongAsync(message) : ValueTask.CompletedTask;
            case Opcode.Capabilities when server.IsLatchkey:
                Assert.True(PeerCapabilities.TryRead(message.Items.Value(ItemTag.Capabilities), out _));
                return GreetAsync(message);
            case Opcode.Capabilities:
                return RefuseAsync(message.Id, KeylessError.BadOpcode);
            default:
                return server.Answer(this, message);
        }
    }
}
