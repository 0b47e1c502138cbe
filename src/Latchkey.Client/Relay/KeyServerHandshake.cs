using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Relay;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Relay;

/// <summary>
/// A handshake under way at one key server, reached by the one connection that began it: its secrets go nowhere else (attack 24), so that it ends with the connection.
/// </summary>
internal sealed class KeyServerHandshake(KeyServerClient client, KeyServerConnection connection, RelayedHello hello, ulong number, RelayReply first) : RelayedHandshake
{
    private static readonly TimeSpan PatienceForLeaving = TimeSpan.FromSeconds(5);

    private RelayReply? _first = first;
    private bool _isUnderWay = Holding(connection, first.Outcome is AwaitsMessage);

    public override RelayReply TakeFirstReply()
    {
        var reply = _first ?? throw new InvalidOperationException("The first reply has been taken.");
        _first = null;
        return reply;
    }

    public override async ValueTask<RelayReply> ContinueAsync(HandshakeMessage message, CancellationToken cancellationToken)
    {
        QuestionSize.Require(message.Encoded.Length, ours: 0);
        using var arguments = Arguments(message.Encoded.Span);
        var reply = await client.ExecuteOnAsync(connection, new ContinueOperation(hello, arguments), cancellationToken);
        using var result = reply.Secret ?? throw new KeyHolderFailedException($"Key server {connection.EndPoint} answered a {message.Type} with nothing.");
        var (_, next) = RelayReplyDecoding.Decode(result, connection.EndPoint);
        if (next.Outcome is not AwaitsMessage)
            Ended();
        return next;
    }

    public override void Dispose()
    {
        _first?.Dispose();
        if (_isUnderWay)
            _ = LeaveAsync();
        Ended();
    }

    // A connection that is made on demand must not be closed between two messages.
    private static bool Holding(KeyServerConnection connection, bool isUnderWay)
    {
        if (isUnderWay)
            connection.Use.Hold();
        return isUnderWay;
    }

    private void Ended()
    {
        if (_isUnderWay)
            connection.Use.Release();
        _isUnderWay = false;
    }

    /// <summary>The client has gone: the key server need not wait for it until its time is over.</summary>
    private async Task LeaveAsync()
    {
        try
        {
            using var arguments = Arguments([]);
            await new ContinueOperation(hello, arguments).SendAsync(connection, PatienceForLeaving, CancellationToken.None);
        }
        catch (KeyServerException)
        {
            // With the connection, the handshake has ended too.
        }
    }

    private SecretBytes Arguments(ReadOnlySpan<byte> message)
    {
        var writer = new FieldWriter(16 + message.Length);
        try
        {
            new ContinueHandshakeRequest { Handshake = number, Message = message }.Write(ref writer);
            return SecretBytes.CopyOf(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private readonly struct ContinueOperation(RelayedHello hello, SecretBytes arguments) : IKeyOperation
    {
        public string Name => "continue handshake";

        public bool IsStructured => true;

        public string? Fault(in KeylessReply reply) => null;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
        {
            var origin = new RequestOrigin(hello.Hello.ServerName, hello.EndPoints.Client?.Address, hello.EndPoints.Server?.Address);
            return connection.AskAsync(KeyIdentity.Of(hello.Certificate), Opcode.ContinueHandshake, arguments.Span, origin, secret: true, timeout, cancellationToken);
        }
    }
}
