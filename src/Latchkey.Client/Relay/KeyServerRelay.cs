using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Relay;
using Latchkey.Wire;

namespace Latchkey.Client.Relay;

/// <summary>Handshakes conducted by a key server (custody <c>handshake</c>, catalogue K6, K7, R11).</summary>
/// <param name="client">Finds a key server for the beginning; from its first reply on, a handshake stays with that one connection.</param>
/// <param name="finishedAtEdge">TLS 1.2: this side gets the master secret and exchanges the Finished messages itself (F1).</param>
internal sealed class KeyServerRelay(KeyServerClient client, bool finishedAtEdge) : HandshakeRelay
{
    public override async ValueTask<RelayedHandshake> BeginAsync(RelayedHello hello, CancellationToken cancellationToken)
    {
        using var arguments = BeginHandshakeArguments.Encode(hello, finishedAtEdge);
        var answered = new Answered();
        var reply = await client.ExecuteAsync(new BeginOperation(hello, arguments, answered), mayFail: false, cancellationToken);
        using var result = reply.Secret ?? throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" answered a ClientHello with nothing.");
        var (number, first) = RelayReplyDecoding.Decode(result, answered.By!.EndPoint);
        return new KeyServerHandshake(client, answered.By, hello, number, first);
    }

    /// <summary>Which connection the reply came from: the last that was asked.</summary>
    private sealed class Answered
    {
        public KeyServerConnection? By { get; set; }
    }

    private readonly struct BeginOperation(RelayedHello hello, SecretBytes arguments, Answered answered) : IKeyOperation
    {
        public string Name => "begin handshake";

        public bool IsStructured => true;

        public bool MayRace => false; // two would be under way, and one of them for nobody

        public string? Fault(in KeylessReply reply) => null;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
        {
            answered.By = connection;
            var origin = new RequestOrigin(hello.Hello.ServerName, hello.EndPoints.Client?.Address, hello.EndPoints.Server?.Address);
            return connection.AskAsync(KeyIdentity.Of(hello.Certificate), Opcode.BeginHandshake, arguments.Span, origin, secret: true, timeout, cancellationToken);
        }
    }
}
