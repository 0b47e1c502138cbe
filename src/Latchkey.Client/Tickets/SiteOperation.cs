using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Wire;

namespace Latchkey.Client.Tickets;

/// <summary>One of Latchkey's operations about a site's tickets, which belong to the key of its first certificate and to no handshake.</summary>
/// <param name="name">For logs, metrics and messages, as <c>open ticket</c>.</param>
/// <param name="arguments">Encoded; lent until the reply has come.</param>
/// <param name="result">What the result is.</param>
internal readonly struct SiteOperation(string name, Opcode operation, TlsCertificate certificate, SecretBytes arguments, SiteOperationResult result) : IKeyOperation
{
    public string Name => name;

    public bool IsStructured => true;

    public string? Fault(in KeylessReply reply) => null;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        result == SiteOperationResult.LastingSecret
            ? connection.AskSealedAsync(KeyIdentity.Of(certificate), operation, arguments.Span, timeout, cancellationToken)
            : connection.AskAsync(KeyIdentity.Of(certificate), operation, arguments.Span, default, result == SiteOperationResult.Secret, timeout, cancellationToken);
}

/// <summary>What the result of a <see cref="SiteOperation"/> is.</summary>
internal enum SiteOperationResult
{
    /// <summary>No secret.</summary>
    Public,

    /// <summary>Of one session.</summary>
    Secret,

    /// <summary>Of all sessions for hours: sealed on its way.</summary>
    LastingSecret,
}
