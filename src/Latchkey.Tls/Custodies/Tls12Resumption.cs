using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Custodies;

/// <summary>A TLS 1.2 client wants to resume a session whose secret is not at the edge (R2, R4, R9).</summary>
public sealed record Tls12ResumptionQuestion
{
    /// <summary>Whose handshake: the suite in it is the one a full handshake would use.</summary>
    public required HandshakeFacts Handshake { get; init; }

    /// <summary>What the session must agree with; the engine judges the facts of the answer by it.</summary>
    public required ResumptionTerms Terms { get; init; }

    /// <summary>The ClientHello as a message.</summary>
    public required HandshakeMessage ClientHello { get; init; }

    /// <summary>The ticket; empty where the client brings a session identifier only.</summary>
    public required ReadOnlyMemory<byte> Ticket { get; init; }

    /// <summary>What a renewed ticket must say (R8); null: no ticket is wanted, and ServerHello has no session_ticket extension.</summary>
    public required SessionOffer? Renewal { get; init; }

    /// <summary>Encodes the ServerHello of the resumption for a server random of 32 bytes and the suite of the session; nothing else in it depends on the session.</summary>
    public required Func<ReadOnlyMemory<byte>, CipherSuite, HandshakeMessage> ServerHello { get; init; }
}

/// <summary>A session that goes on: everything for the abbreviated handshake (RFC 5246 §7.3, RFC 5077 §3.1). Owns the secrets.</summary>
/// <param name="Facts">Of the session.</param>
/// <param name="ServerHello">To be sent.</param>
/// <param name="Secrets">Keys and both Finished values; <see cref="Tls12Secrets.Ticket"/> is the renewed ticket.</param>
public sealed record Tls12ResumedSession(SessionFacts Facts, HandshakeMessage ServerHello, Tls12Secrets Secrets) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Secrets.Dispose();
}
