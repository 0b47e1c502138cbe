using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls;

/// <summary>
/// All that a handshake knows of the outside: read the next message, write a flight, change keys. The driver over
/// System.IO.Pipelines is one implementation, the relay to a key server (K6, K7) another, a script in the tests a third.
/// </summary>
/// <remarks>One handshake uses it, one call at a time. Peer misbehaviour below the handshake (bad records, fatal alerts,
/// truncation, limits) comes out as a <see cref="Alerts.TlsException"/>.</remarks>
public abstract class HandshakeChannel
{
    /// <summary>The next handshake message, reassembled over records. In TLS 1.3 mode a compatibility ChangeCipherSpec is skipped.</summary>
    public abstract ValueTask<HandshakeMessage> ReadMessageAsync(CancellationToken cancellationToken);

    /// <summary>TLS 1.2: the next record must be ChangeCipherSpec, at a message boundary.</summary>
    public abstract ValueTask ReadChangeCipherSpecAsync(CancellationToken cancellationToken);

    /// <summary>Queues a message for the current flight under the current write keys.</summary>
    public abstract void WriteMessage(HandshakeMessage message);

    /// <summary>Queues a ChangeCipherSpec record (TLS 1.2, and compatibility mode of RFC 8446 §D.4).</summary>
    public abstract void WriteChangeCipherSpec();

    /// <summary>Sends what is queued.</summary>
    public abstract ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Later records are opened with these keys, which are lent. Bytes of a message begun under the old keys are an
    /// unexpected_message (RFC 8446 §5.1).</summary>
    public abstract void SetReadKeys(TrafficKeys keys);

    /// <summary>Later records are sealed with these keys, which are lent.</summary>
    public abstract void SetWriteKeys(TrafficKeys keys);

    /// <summary>The version is known: record versions, alerts and ChangeCipherSpec follow its rules from here.</summary>
    public abstract void SetVersion(TlsVersion version);

    /// <summary>
    /// The client announced early data, which is not accepted: until its next handshake message, application_data records that
    /// are unprotected or do not open are dropped, up to a limit (RFC 8446 §4.2.10).
    /// </summary>
    public abstract void SkipEarlyData();

    /// <summary>TLS 1.2: ChangeCipherSpec and Finished of both sides, which are all that is left, are exchanged beyond this channel (F1): see <see cref="HandOver"/>.</summary>
    public virtual bool ExchangesFinished => false;

    /// <summary>Passes on what that takes; the handshake has ended here. Called only where <see cref="ExchangesFinished"/>.</summary>
    public virtual void HandOver(Relay.Tls12HandOver handOver) => throw new NotSupportedException();

    /// <summary>The peer's record_size_limit (RFC 8449) as plaintext bytes per record, content type and padding excluded.</summary>
    public abstract void SetMaxPlaintextSize(int bytes);

    /// <summary>Whether the connection can go on while the handshake is not over: <see cref="DeliverEarlyData"/> and <see cref="OweWhenMadeAsync"/> are then there.</summary>
    public virtual bool OutlivesHandshake => false;

    /// <summary>Leaves the end of the handshake to the reading side, which delivers early data before (RFC 8446 §2.3).</summary>
    internal virtual void DeliverEarlyData(Tls13.EarlyDataPhase phase) => throw new NotSupportedException();

    /// <summary>Sends messages that are still being made, at a time when the application may be writing: with its next data.</summary>
    internal virtual Task OweWhenMadeAsync(ValueTask<IReadOnlyList<HandshakeMessage>> making) => throw new NotSupportedException();
}
