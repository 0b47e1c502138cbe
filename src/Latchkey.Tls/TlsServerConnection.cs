using System.IO.Pipelines;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Driver;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls;

/// <summary>The server side of one TLS connection after its handshake.</summary>
public sealed class TlsServerConnection : IAsyncDisposable
{
    private readonly ApplicationReader _reader;
    private readonly RecordWriter _writer;
    private readonly TlsServerOptions _options;
    private readonly PostHandshake _postHandshake;
    private ITimer? _handshakeTimer;

    private TlsServerConnection(TlsServerOptions options, TlsHandshakeInfo info, ApplicationReader reader, RecordWriter writer, PostHandshake postHandshake)
    {
        _postHandshake = postHandshake;
        _options = options;
        Info = info;
        _reader = reader;
        _writer = writer;
        Application = new ApplicationPipe(reader, new ApplicationWriter(writer));
    }

    /// <summary>
    /// Conducts the handshake over <paramref name="transport"/>. On failure the alert has been sent (where there is one) before
    /// the exception is thrown; the transport stays the caller's to close.
    /// </summary>
    /// <exception cref="TlsException">The handshake failed; the type tells whose fault it was.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled (not the handshake timeout, which is a TlsException).</exception>
    public static async ValueTask<TlsServerConnection> AcceptAsync(IDuplexPipe transport, TlsServerOptions options, TlsEndPoints endPoints, CancellationToken cancellationToken)
    {
        using var pass = options.Admission.Enter(options.Limits.MaxConcurrentHandshakes);
        using var deadline = new HandshakeDeadline(options.Limits.HandshakeTimeout, options.TimeProvider, cancellationToken);
        var plaintext = new PlaintextQueue();
        var reader = new RecordReader(options.Limits, plaintext);
        var writer = new RecordWriter(transport.Output);
        var channel = new PipeHandshakeChannel(transport, options.Crypto, reader, writer, options.Limits, plaintext);
        try
        {
            var info = await ServerHandshake.RunAsync(channel, options, endPoints, deadline.Token);
            // RFC 8446 §5: with the client's Finished the time of ChangeCipherSpec is over; and whatever the client sends next
            // is under application keys, so that no part of a handshake message may be left from before.
            reader.DropsChangeCipherSpec = channel.EarlyData is not null;
            channel.RequireBoundary("application data");
            var postHandshake = new PostHandshake(info.Version, reader, writer, options.Limits, channel.EarlyData);
            var connection = new TlsServerConnection(options, info, new ApplicationReader(transport.Input, reader, writer, postHandshake, plaintext), writer, postHandshake);
            connection.LimitHandshake(deadline);
            return connection;
        }
        catch (Exception failure)
        {
            if (failure is TlsException fault)
                fault.Site = channel.Site?.Name;
            await SendAlertAsync(writer, failure, deadline.Token);
            reader.Dispose();
            writer.Dispose();
            plaintext.Dispose();
            channel.EarlyData?.Dispose();
            if (failure is OperationCanceledException && deadline.HasPassed)
                throw deadline.Exceeded();
            throw;
        }
    }

    /// <summary>What was agreed.</summary>
    public TlsHandshakeInfo Info { get; }

    /// <summary>
    /// Whether the client's Finished is verified. False only where early data was accepted and its end has not come: what has been read until then may be a replay,
    /// and nothing that must not happen twice may be done because of it (RFC 8446 §8, RFC 8470). Any thread.
    /// </summary>
    public bool IsHandshakeOver => _postHandshake.IsHandshakeOver;

    /// <summary>
    /// Plaintext both ways. Input ends at close_notify and throws <see cref="PeerClosedException"/> on truncation. Completing
    /// Output sends close_notify and leaves Input open (half-close, RFC 8446 §6.1).
    /// </summary>
    public IDuplexPipe Application { get; }

    /// <summary>Sends close_notify if that has not been done, zeroes the keys. Does not close the transport.</summary>
    /// <remarks>To be called when nobody reads or writes any more; a flush that is under way still ends well. A peer that does not
    /// read is waited for no longer than <see cref="TlsLimits.CloseTimeout"/>.</remarks>
    public async ValueTask DisposeAsync()
    {
        try
        {
            var completing = Application.Output.CompleteAsync();
            if (completing.IsCompletedSuccessfully)
                completing.GetAwaiter().GetResult();
            else
                await completing.AsTask().WaitAsync(_options.Limits.CloseTimeout, _options.TimeProvider);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException or TimeoutException)
        {
            // The transport is closed, or nobody reads it: there is nobody left to take leave of.
        }

        if (_handshakeTimer is not null)
            await _handshakeTimer.DisposeAsync();
        _reader.End();
        _writer.Dispose();
    }

    /// <summary>A client that sends early data and then nothing has the same time for its Finished as any other.</summary>
    private void LimitHandshake(HandshakeDeadline deadline)
    {
        if (!IsHandshakeOver)
            _handshakeTimer = _options.TimeProvider.CreateTimer(_ => _reader.RequireHandshakeOver(deadline.Exceeded()), null, _options.Limits.HandshakeTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The one place that turns a failed handshake into an alert.</summary>
    private static async ValueTask SendAlertAsync(RecordWriter writer, Exception failure, CancellationToken cancellationToken)
    {
        AlertDescription? alert = failure switch
        {
            TlsException fault => fault.Alert,
            OperationCanceledException => null,
            _ => AlertDescription.InternalError,
        };
        if (alert is not { } description)
            return;
        try
        {
            // What a flight has staged under keys just set is not sent: the peer's next bytes are the alert.
            writer.Staged.Clear();
            await writer.SendAlertAsync(description, cancellationToken);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The fault that ended the handshake is what the caller wants to know, not that its alert found nobody.
        }
    }
}
