using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Driver;

/// <summary>Handshake messages that come after the handshake: KeyUpdate in TLS 1.3 (RFC 8446 §4.6.3), none in TLS 1.2. Where early data is delivered, the end of
/// the handshake comes before them.</summary>
internal sealed class PostHandshake(TlsVersion version, RecordReader reader, RecordWriter writer, TlsLimits limits, EarlyDataPhase? earlyData = null) : IDisposable
{
    private readonly HandshakeReassembly _received = new();
    private int _keyUpdates;

    /// <summary>The client's Finished is verified. Any thread.</summary>
    public bool IsHandshakeOver => earlyData is null || earlyData.IsOver;

    /// <summary>Handles the content of a handshake record.</summary>
    public void Process(ReadOnlySpan<byte> content)
    {
        // RFC 5746 §4.4 leaves the answer to a renegotiating client open; RFC 9325 §3.5 wants none, and a client that is only
        // warned waits for a handshake that never comes.
        if (version == TlsVersion.Tls12)
            throw new PeerMisbehavedException(AlertDescription.NoRenegotiation, "The client asked for renegotiation.");
        _received.Append(content);
        while (_received.TryTake(limits.MaxHandshakeMessageSize, out var message))
            Process(message);
    }

    /// <summary>RFC 8446 §5.1: nothing may come between the fragments of a message.</summary>
    public void RequireBoundary()
    {
        if (!_received.IsAtBoundary)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "Another record in the middle of a handshake message.");
    }

    /// <summary>So many bytes of application data came.</summary>
    public void ApplicationDataCame(int length)
    {
        if (!IsHandshakeOver)
            earlyData!.ApplicationDataCame(length);
        // A key update that protects something is not part of a flood.
        _keyUpdates = 0;
    }

    /// <summary>Zeroes what an unfinished handshake still holds.</summary>
    public void Dispose() => earlyData?.Dispose();

    private void Process(HandshakeMessage message)
    {
        if (!IsHandshakeOver)
        {
            ProcessBeforeTheEnd(message);
            return;
        }

        if (message.Type != HandshakeType.KeyUpdate)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"A {message.Type} after the handshake.");
        if (message.Body.Length != 1)
            throw new PeerMisbehavedException(AlertDescription.DecodeError, $"A KeyUpdate of {message.Body.Length} bytes.");
        if (message.Body.Span[0] > 1)
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"KeyUpdate with request_update {message.Body.Span[0]}.");
        // RFC 8446 §5.1: a message directly before a key change must end with its record.
        RequireBoundary();
        if (++_keyUpdates > limits.MaxKeyUpdates)
            throw new TlsLimitReachedException(AlertDescription.UnexpectedMessage, $"More than {limits.MaxKeyUpdates} key updates without data.");
        reader.Protection = ((Tls13RecordProtection)reader.Protection!).NextGeneration();
        if (message.Body.Span[0] == 1)
            writer.OweKeyUpdate();
    }

    private void ProcessBeforeTheEnd(HandshakeMessage message)
    {
        // RFC 8446 §5.1: a key change follows each of them.
        RequireBoundary();
        earlyData!.Process(message);
        // RFC 8446 §5: with the client's Finished the time of ChangeCipherSpec is over.
        reader.DropsChangeCipherSpec = !earlyData.IsOver;
    }
}
