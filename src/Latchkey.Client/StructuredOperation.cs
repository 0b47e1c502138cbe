using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>One of Latchkey's operations from 44 up, about the key of a handshake's certificate.</summary>
/// <param name="name">For logs, metrics and messages, as <c>answer TLS 1.3</c>.</param>
/// <param name="operation">The operation.</param>
/// <param name="handshake">Whose.</param>
/// <param name="arguments">Encoded; lent until the reply has come, because a failed attempt is repeated at another key server.</param>
/// <param name="secret">Whether the result holds secrets.</param>
internal readonly struct StructuredOperation(string name, Opcode operation, HandshakeFacts handshake, SecretBytes arguments, bool secret) : IKeyOperation
{
    public string Name => name;

    public bool IsStructured => true;

    public string? Fault(in KeylessReply reply) => null;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.AskAsync(KeyIdentity.Of(handshake.Certificate), operation, arguments.Span, RequestOrigin.Of(handshake), secret, timeout, cancellationToken);
}
