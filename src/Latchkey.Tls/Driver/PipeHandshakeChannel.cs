using System.IO.Pipelines;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Driver;

/// <summary>The handshake over a transport's pipe. Leaves to <see cref="ApplicationReader"/> and <see cref="ApplicationWriter"/> the
/// reader and the writer with the application keys set, and in the transport every byte that is not the handshake's.</summary>
internal sealed class PipeHandshakeChannel(IDuplexPipe transport, CryptoProvider crypto, RecordReader reader, RecordWriter writer, TlsLimits limits, PlaintextQueue plaintext) : HandshakeChannel
{
    private readonly HandshakeReassembly _received = new();
    private bool _versionIsKnown;

    /// <summary>Sees the messages from here on.</summary>
    public HandshakeObserver? Observer { get; set; }

    /// <summary>What the ClientHello asked for, so that a failure can be told with the site's name.</summary>
    public TlsSite? Site { get; set; }

    /// <inheritdoc/>
    public override async ValueTask<HandshakeMessage> ReadMessageAsync(CancellationToken cancellationToken)
    {
        HandshakeMessage message;
        while (!_received.TryTake(MaxMessageSize, out message))
        {
            if (await ReadRecordAsync(cancellationToken) is var type && type != ContentType.Handshake)
                throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"A {type} record during the handshake.");
        }

        Observer?.Received(message.Type, message.Encoded.Length);
        return message;
    }

    /// <inheritdoc/>
    public override async ValueTask ReadChangeCipherSpecAsync(CancellationToken cancellationToken)
    {
        RequireBoundary("a ChangeCipherSpec");
        if (await ReadRecordAsync(cancellationToken) is var type && type != ContentType.ChangeCipherSpec)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"A {type} record instead of ChangeCipherSpec.");
    }

    /// <inheritdoc/>
    public override void WriteMessage(HandshakeMessage message)
    {
        writer.Staged.Write(message.Encoded.Span);
        Observer?.Sent(message.Type, message.Encoded.Length);
    }

    /// <inheritdoc/>
    public override void WriteChangeCipherSpec()
    {
        SealFlight();
        writer.SealChangeCipherSpec();
    }

    /// <inheritdoc/>
    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        SealFlight();
        var flushed = await writer.FlushAsync(cancellationToken);
        if (flushed.IsCompleted)
            throw new PeerClosedException("The transport ended during the handshake.");
    }

    /// <inheritdoc/>
    public override void SetReadKeys(TrafficKeys keys)
    {
        RequireBoundary("a change of keys");
        reader.Protection = keys.CreateProtection(crypto);
    }

    /// <inheritdoc/>
    public override void SetWriteKeys(TrafficKeys keys)
    {
        SealFlight();
        writer.Protection = keys.CreateProtection(crypto);
    }

    /// <inheritdoc/>
    public override void SetVersion(TlsVersion version)
    {
        _versionIsKnown = true;
        reader.Version = version;
        writer.Version = version;
    }

    /// <inheritdoc/>
    public override void SkipEarlyData() => reader.SkipEarlyData();

    /// <inheritdoc/>
    public override void SetMaxPlaintextSize(int bytes) => writer.MaxContent = Math.Min(bytes, RecordHeader.MaxPlaintext);

    /// <inheritdoc/>
    public override bool OutlivesHandshake => true;

    /// <summary>The end of the handshake where it is still to come.</summary>
    public Tls13.EarlyDataPhase? EarlyData { get; private set; }

    /// <inheritdoc/>
    internal override void DeliverEarlyData(Tls13.EarlyDataPhase phase) => EarlyData = phase;

    /// <inheritdoc/>
    internal override Task OweWhenMadeAsync(ValueTask<IReadOnlyList<HandshakeMessage>> making) => writer.MessagesBeingMade = OweAsync(making);

    private async Task OweAsync(ValueTask<IReadOnlyList<HandshakeMessage>> making)
    {
        foreach (var message in await making)
        {
            writer.Owe(message);
            Observer?.Sent(message.Type, message.Encoded.Length);
        }
    }

    /// <summary>Before the version is known the only message there is, is a ClientHello.</summary>
    private int MaxMessageSize => _versionIsKnown ? limits.MaxHandshakeMessageSize : limits.MaxClientHelloSize;

    private void SealFlight() => writer.SealStaged(ContentType.Handshake);

    /// <summary>Nothing of a further message may have come.</summary>
    public void RequireBoundary(string what)
    {
        // RFC 8446 §5.1: "Handshake messages MUST NOT span key changes", nor be interleaved with other records.
        if (!_received.IsAtBoundary)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"Part of a handshake message before {what}.");
    }

    private async ValueTask<ContentType> ReadRecordAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await ReadTransportAsync(cancellationToken);
            var buffer = read.Buffer;
            // Whatever happens: what lies behind this record has not been examined, or a request that came in the same segment
            // as the client's Finished would wait for bytes that the client has no reason to send.
            var needsMore = false;
            try
            {
                if (reader.TryRead(ref buffer, out var type, out var content))
                {
                    Accept(type, content);
                    return type;
                }

                needsMore = true;
                if (read.IsCompleted)
                    throw new PeerClosedException(buffer.IsEmpty ? "The client closed the connection during the handshake." : "The client closed the connection in the middle of a record.");
            }
            finally
            {
                plaintext.ReturnSpare();
                transport.Input.AdvanceTo(buffer.Start, needsMore ? buffer.End : buffer.Start);
            }
        }
    }

    private void Accept(ContentType type, ReadOnlySpan<byte> content)
    {
        if (type == ContentType.Handshake)
            _received.Append(content);
        else if (type == ContentType.Alert)
            throw new PeerClosedException("The client sent close_notify during the handshake.", AlertDescription.CloseNotify);
        else
            RequireBoundary($"a {type} record");
    }

    private async ValueTask<ReadResult> ReadTransportAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await transport.Input.ReadAsync(cancellationToken);
        }
        catch (IOException broken)
        {
            throw new PeerClosedException($"The transport broke during the handshake: {broken.Message}", innerException: broken);
        }
    }
}
