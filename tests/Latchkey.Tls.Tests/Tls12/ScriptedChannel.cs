using System.Threading.Channels;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>A handshake's outside without records: the test puts in what the client says and reads what the server does, in order.</summary>
internal sealed class ScriptedChannel : HandshakeChannel
{
    private readonly Channel<HandshakeMessage?> _fromClient = Channel.CreateUnbounded<HandshakeMessage?>();

    /// <summary>Every call of the server's: messages by type, "ChangeCipherSpec", "flush", "read keys", "write keys".</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Every message written.</summary>
    public List<HandshakeMessage> Written { get; } = [];

    /// <summary>What was set by record_size_limit.</summary>
    public int? MaxPlaintextSize { get; private set; }

    public void Say(HandshakeMessage message) => _fromClient.Writer.TryWrite(message);

    public void SayChangeCipherSpec() => _fromClient.Writer.TryWrite(null);

    /// <summary>The body of the message of a type.</summary>
    public ReadOnlyMemory<byte> Body(HandshakeType type) => Written.Single(message => message.Type == type).Body;

    public override async ValueTask<HandshakeMessage> ReadMessageAsync(CancellationToken cancellationToken)
    {
        Calls.Add("read");
        return await _fromClient.Reader.ReadAsync(cancellationToken) ?? throw Unexpected();
    }

    public override async ValueTask ReadChangeCipherSpecAsync(CancellationToken cancellationToken)
    {
        Calls.Add("read ChangeCipherSpec");
        if (await _fromClient.Reader.ReadAsync(cancellationToken) is not null)
            throw Unexpected();
    }

    public override void WriteMessage(HandshakeMessage message)
    {
        Calls.Add(message.Type.ToString());
        Written.Add(message);
    }

    public override void WriteChangeCipherSpec() => Calls.Add("ChangeCipherSpec");

    public override ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Calls.Add("flush");
        return ValueTask.CompletedTask;
    }

    public override void SetReadKeys(TrafficKeys keys) => Calls.Add("read keys");

    public override void SetWriteKeys(TrafficKeys keys) => Calls.Add("write keys");

    public override void SetVersion(TlsVersion version)
    {
    }

    public override void SkipEarlyData()
    {
    }

    public override void SetMaxPlaintextSize(int bytes) => MaxPlaintextSize = bytes;

    private static Alerts.PeerMisbehavedException Unexpected() => new(Alerts.AlertDescription.UnexpectedMessage, "Not what the script was asked for.");
}
