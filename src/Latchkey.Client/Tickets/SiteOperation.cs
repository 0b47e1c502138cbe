using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Wire;

namespace Latchkey.Client.Tickets;

/// <summary>One of Latchkey's operations about a site's tickets, which belong to the key of its first certificate and to no handshake.</summary>
/// <param name="name">For logs, metrics and messages, as <c>open ticket</c>.</param>
/// <param name="arguments">Encoded; lent until the reply has come.</param>
/// <param name="secret">Whether the result holds secrets.</param>
internal readonly struct SiteOperation(string name, Opcode operation, TlsCertificate certificate, SecretBytes arguments, bool secret) : IKeyOperation
{
    public string Name => name;

    public bool IsStructured => true;

    public string? Fault(in KeylessReply reply) => null;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.AskAsync(KeyIdentity.Of(certificate), operation, arguments.Span, default, secret, timeout, cancellationToken);
}
