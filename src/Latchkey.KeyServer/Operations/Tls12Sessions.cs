using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// The TLS 1.2 sessions of one key: in tickets that only key servers with the same roots open (R4; R9 where the edge keeps them for its client), or in this
/// process' memory under an identifier (R2). No session of one key is found with another (attack 9).
/// </summary>
internal readonly struct Tls12Sessions(KeyLease lease, OperationServices services)
{
    /// <summary>A ticket; empty: none can be made.</summary>
    /// <param name="master">Lent.</param>
    public byte[] Seal(SessionFacts facts, SecretBytes master)
    {
        using var encoded = SessionStateEncoding.Encode(new SessionState(facts, master));
        return encoded is null ? [] : SealedBox.Seal(services.Crypto, services.Sealing, encoded.Span, Context) ?? [];
    }

    /// <summary>The session of a ticket, the caller's to dispose. null: altered, another key's, sealed elsewhere, its sealing key gone.</summary>
    public SessionState? TryOpen(ReadOnlySpan<byte> ticket)
    {
        using var encoded = SealedBox.TryOpen(services.Crypto, services.Sealing, ticket, Context);
        return encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
    }

    /// <summary>Keeps a session here.</summary>
    /// <param name="master">Lent.</param>
    public void Keep(ReadOnlySpan<byte> identifier, SessionFacts facts, SecretBytes master)
    {
        using var encoded = SessionStateEncoding.Encode(new SessionState(facts, master));
        if (encoded is not null)
            services.Sessions.Keep(Key(identifier), encoded.Span, facts.Lifetime, lease.Edge.Name);
    }

    /// <summary>The session of an identifier, the caller's to dispose. null: unknown.</summary>
    public SessionState? Find(ReadOnlySpan<byte> identifier)
    {
        using var encoded = services.Sessions.Find(Key(identifier));
        return encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
    }

    private byte[] Context => [.. "tls 1.2 session\0"u8, .. lease.Key.Ski, .. Renewal];

    private byte[] Renewal => Encoding.UTF8.GetBytes(lease.Key.Source.Renewal);

    private byte[] Key(ReadOnlySpan<byte> identifier) => SHA256.HashData([.. lease.Key.Ski, .. SHA256.HashData(Renewal), .. identifier]);
}
