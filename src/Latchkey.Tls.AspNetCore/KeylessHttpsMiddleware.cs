using System.Collections.Concurrent;
using System.Net;
using Latchkey.Client.Links;
using Latchkey.Tls.Alerts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// Kestrel's connection middleware for TLS: handshake, features, plaintext to the rest of the pipeline, close_notify. A handshake
/// that fails ends its connection and nothing else: it is counted, logged by culprit, and never thrown further.
/// </summary>
internal sealed partial class KeylessHttpsMiddleware(
    ConnectionDelegate next,
    TlsAcceptor accept,
    TimeProvider timeProvider,
    TlsMetrics metrics,
    ILogger logger)
{
    /// <summary>
    /// How long a handshake may go on after the client's side ended. Not zero: a client may send Finished, its request and FIN in one
    /// go and still read. Not the handshake timeout: a client that is gone must not keep a key server's signer busy (attack 20).
    /// </summary>
    private static readonly TimeSpan AfterClientLeft = TimeSpan.FromSeconds(1);

    /// <summary>A client that does not read must not keep us from ending.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, LogThrottle> _keyHolderLines = new(StringComparer.Ordinal);
    private readonly LogThrottle _limitLine = new(timeProvider, TimeSpan.FromMinutes(1));

    public async Task OnConnectionAsync(ConnectionContext context)
    {
        var tls = await TryHandshakeAsync(context);
        if (tls is null)
            return;
        var transport = context.Transport;
        metrics.ConnectionOpened();
        try
        {
            context.Transport = new ApplicationPipe(tls.Application);
            await next(context);
        }
        finally
        {
            context.Transport = transport;
            metrics.ConnectionClosed();
            await CloseAsync(context, tls);
        }
    }

    private async ValueTask<EstablishedTls?> TryHandshakeAsync(ConnectionContext context)
    {
        metrics.HandshakeStarted();
        var started = timeProvider.GetTimestamp();
        TlsHandshakeInfo? info = null;
        var outcome = HandshakeOutcome.Failed;
        try
        {
            var tls = await HandshakeAsync(context);
            (info, outcome) = (tls.Info, HandshakeOutcome.Completed);
            SetFeatures(context.Features, new KeylessConnectionFeatures(tls, timeProvider.GetElapsedTime(started)));
            return tls;
        }
        catch (Exception fault)
        {
            outcome = Report(context, fault);
            return null;
        }
        finally
        {
            metrics.HandshakeEnded(outcome, info, timeProvider.GetElapsedTime(started));
        }
    }

    private async ValueTask<EstablishedTls> HandshakeAsync(ConnectionContext context)
    {
        var endPoints = new TlsEndPoints(context.RemoteEndPoint as IPEndPoint, context.LocalEndPoint as IPEndPoint);
        using var clientLeft = new CancellationTokenSource();
        using var registration = context.ConnectionClosed.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).CancelAfter(AfterClientLeft), clientLeft);
        return await accept(context.Transport, endPoints, clientLeft.Token);
    }

    private static void SetFeatures(IFeatureCollection features, KeylessConnectionFeatures tls)
    {
        features.Set<ITlsConnectionFeature>(tls);
        features.Set<ITlsApplicationProtocolFeature>(tls);
        features.Set<ITlsHandshakeFeature>(tls);
        features.Set<IKeylessHandshakeFeature>(tls);
        features.Set<IEarlyDataFeature>(tls);
    }

    /// <summary>The one place where a failed handshake becomes a log line.</summary>
    private HandshakeOutcome Report(ConnectionContext context, Exception fault)
    {
        switch (fault)
        {
            case KeyHolderFailedException keyHolder:
                ReportKeyHolder(keyHolder);
                return HandshakeOutcome.KeyHolderFailed;
            case PeerMisbehavedException:
                Log.HandshakeRefused(logger, context.ConnectionId, context.RemoteEndPoint, "the client broke the protocol", fault.Message);
                return HandshakeOutcome.PeerMisbehaved;
            case PeerIncompatibleException:
                Log.HandshakeRefused(logger, context.ConnectionId, context.RemoteEndPoint, "nothing in common with the client", fault.Message);
                return HandshakeOutcome.PeerIncompatible;
            case TlsLimitReachedException:
                Log.HandshakeRefused(logger, context.ConnectionId, context.RemoteEndPoint, "a limit was reached", fault.Message);
                if (_limitLine.Allows(out var suppressed))
                    Log.LimitReached(logger, fault.Message, suppressed);
                return HandshakeOutcome.LimitReached;
            case PeerClosedException or OperationCanceledException or IOException or ConnectionAbortedException:
                Log.HandshakeRefused(logger, context.ConnectionId, context.RemoteEndPoint, "the client went away", fault.Message);
                return HandshakeOutcome.PeerClosed;
            default:
                Log.HandshakeFault(logger, context.ConnectionId, context.RemoteEndPoint, fault);
                return HandshakeOutcome.Failed;
        }
    }

    private void ReportKeyHolder(KeyHolderFailedException fault)
    {
        var site = fault.Site ?? "(unknown)";
        var line = _keyHolderLines.GetOrAdd(site, static (_, clock) => new LogThrottle(clock, TimeSpan.FromSeconds(1)), timeProvider);
        if (line.Allows(out var suppressed))
            Log.KeyHolderFailed(logger, site, fault.Message, suppressed);
    }

    private async ValueTask CloseAsync(ConnectionContext context, EstablishedTls tls)
    {
        try
        {
            var closing = tls.DisposeAsync();
            if (!closing.IsCompletedSuccessfully)
                await closing.AsTask().WaitAsync(CloseTimeout, timeProvider);
        }
        catch (Exception fault)
        {
            // The connection is over either way; what is lost is a close_notify nobody could receive.
            Log.CloseFailed(logger, context.ConnectionId, fault.Message);
            context.Abort(new ConnectionAbortedException("TLS could not be closed.", fault));
        }
    }
}
