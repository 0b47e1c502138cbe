using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Relay;

/// <summary>
/// A handshake conducted here for a client at another machine (catalogue K6, K7), by the engine that serves clients of this one. Each call runs until the
/// client's next message is needed, on the calling thread. Not thread-safe; disposing zeroes the secrets of a handshake that is not over.
/// </summary>
/// <param name="options">Cryptography, clock and the one site; its limits are not used: they belong to the machine that has the connection.</param>
/// <param name="site">The certificate's custody must compute here and stores must answer at once: the engine can wait for nothing but the client.</param>
/// <param name="endPoints">Of the client's connection.</param>
/// <param name="handsOver">TLS 1.2: the other machine gets the master secret and exchanges the Finished messages itself (F1).</param>
public sealed class ConductedHandshake(TlsServerOptions options, TlsSite site, TlsEndPoints endPoints, bool handsOver) : IDisposable
{
    private readonly RelayChannel _channel = new(handsOver);
    private readonly CancellationTokenSource _ending = new();
    private Task<TlsHandshakeInfo>? _engine;

    /// <summary>Takes the ClientHello.</summary>
    /// <exception cref="KeyHolderFailedException">The key did not do what it should.</exception>
    public RelayReply Begin(HandshakeMessage clientHello)
    {
        _engine = ConductAsync(clientHello);
        return Reply(_engine);
    }

    /// <summary>Takes the message that the last reply awaited.</summary>
    /// <exception cref="InvalidOperationException">None was awaited.</exception>
    /// <exception cref="KeyHolderFailedException">The key did not do what it should.</exception>
    public RelayReply Continue(HandshakeMessage message)
    {
        _channel.Deliver(message);
        return Reply(_engine!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Cancel();
        _channel.Cancel();
        _ = _engine?.Exception; // seen
        _ending.Dispose();
    }

    private async Task<TlsHandshakeInfo> ConductAsync(HandshakeMessage clientHello)
    {
        var start = new HandshakeStart
        {
            Options = options,
            EndPoints = endPoints,
            Site = site,
            HelloMessage = clientHello,
            Hello = ClientHello.Parse(clientHello),
        };
        return await Tls.ServerHandshake.ConductAsync(_channel, start, _ending.Token);
    }

    private RelayReply Reply(Task<TlsHandshakeInfo> engine)
    {
        if (_channel.IsWaiting)
            return new RelayReply(_channel.TakeSteps(), new AwaitsMessage());
        if (!engine.IsCompleted)
            throw new InvalidOperationException("The handshake waits for something other than the client.");
        if (engine.IsCompletedSuccessfully)
            return new RelayReply(_channel.TakeSteps(), End(engine.Result));
        var fault = engine.Exception!.InnerException!;
        return fault is TlsException { Alert: { } alert } and not KeyHolderFailedException
            ? new RelayReply(_channel.TakeStepsBeforeFault(), new Failed(alert, CulpritOf(fault), fault.Message))
            : throw fault;
    }

    private RelayOutcome End(TlsHandshakeInfo info) => _channel.TakeHandOver() is { } finish
        ? new HandedOver(RelayedAgreement.Of(info), finish)
        : new Agreed(RelayedAgreement.Of(info));

    private static RelayCulprit CulpritOf(Exception fault) => fault switch
    {
        PeerMisbehavedException => RelayCulprit.Misbehaved,
        PeerIncompatibleException => RelayCulprit.Incompatible,
        _ => RelayCulprit.Limit,
    };
}
