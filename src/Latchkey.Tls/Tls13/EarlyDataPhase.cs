using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// What is left of a handshake whose early data is delivered before its end (RFC 8446 §2.3): the early data, EndOfEarlyData, the client's Finished. Until that is
/// verified everything delivered may be a replay. Runs on the reading side.
/// </summary>
/// <remarks>Owns the flight.</remarks>
internal sealed class EarlyDataPhase : IDisposable
{
    private readonly HandshakeChannel _channel;
    private readonly HandshakeStart _start;
    private readonly Tls13Choice _choice;
    private readonly ServerFlight _flight;
    private readonly LocalTls13KeyHolder _holder;
    private Action<HandshakeMessage> _next;
    private int _allowed;
    private volatile bool _isOver;

    /// <param name="channel">Has the keys of early data set.</param>
    /// <param name="start">The handshake.</param>
    /// <param name="choice">Its application protocol.</param>
    /// <param name="flight">Sent, through the server's Finished. Owned from here on.</param>
    /// <param name="allowed">Bytes of early data.</param>
    public EarlyDataPhase(HandshakeChannel channel, HandshakeStart start, Tls13Choice choice, ServerFlight flight, int allowed)
    {
        _channel = channel;
        _start = start;
        _choice = choice;
        _flight = flight;
        // Early data needs the facts of its session before anybody has answered: it is accepted with secrets of this process only.
        _holder = (LocalTls13KeyHolder)flight.Plan.Holder;
        _allowed = allowed;
        _next = EndOfEarlyData;
    }

    /// <summary>The client's Finished is verified: what was delivered is no replay. Any thread.</summary>
    public bool IsOver => _isOver;

    /// <summary>Application data came.</summary>
    /// <exception cref="PeerMisbehavedException">unexpected_message: more of it than the ticket allows (RFC 8446 §4.2.10), or after its end.</exception>
    public void ApplicationDataCame(int length)
    {
        _allowed -= length;
        if (_allowed < 0)
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "More early data than the ticket allows, or some after its end.");
    }

    /// <summary>The next handshake message. Each is followed by a change of keys: the caller sees to it that it ends with its record.</summary>
    /// <exception cref="PeerMisbehavedException">Not the message that is due, or a wrong one.</exception>
    public void Process(HandshakeMessage message)
    {
        _start.Observer?.Received(message.Type, message.Encoded.Length);
        _next(message);
    }

    /// <inheritdoc/>
    public void Dispose() => _flight.Dispose();

    private void EndOfEarlyData(HandshakeMessage message)
    {
        if (message.Expect(HandshakeType.EndOfEarlyData).Body.Length > 0)
            throw ClientHelloParser.Malformed("EndOfEarlyData");
        _flight.Transcript.Append(message);
        _channel.SetReadKeys(new Tls13TrafficKeys { Suite = _flight.Plan.Suite, TrafficSecret = _flight.Answer.ClientHandshakeTraffic });
        _allowed = 0;
        _next = ClientFinished;
    }

    private void ClientFinished(HandshakeMessage message)
    {
        var verifyData = Finished.Parse(message, _flight.Plan.Suite.Digest().SizeInBytes());
        if (!_holder.VerifyClientFinished(_flight.Transcript, verifyData))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, "The client's Finished is wrong.");
        _flight.Transcript.Append(message);
        _channel.SetReadKeys(new Tls13TrafficKeys { Suite = _flight.Plan.Suite, TrafficSecret = _flight.Answer.ClientTraffic });
        // The application may be writing at this moment.
        _ = _channel.OweWhenMadeAsync(NewSessionTickets.MakeAsync(_start, _choice, _flight, [], CancellationToken.None));
        _isOver = true;
        Dispose();
    }
}
