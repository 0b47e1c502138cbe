using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// What the end of a TLS 1.3 handshake needs where the client is asked for a certificate, sealed and carried by the edge, so that any key server of the pool can answer
/// operation 4F (F2). Bound to key, edge, flight and time. Disposing zeroes the secrets.
/// </summary>
/// <param name="Secrets">As the ladder exported them.</param>
/// <param name="CipherSuite">The suite.</param>
/// <param name="TranscriptHash">Through the server's Finished.</param>
/// <param name="Session">What tickets are to say; null: none are wanted.</param>
/// <param name="SealedAt">When.</param>
internal sealed record SealedTls13End(SecretBytes Secrets, CipherSuite CipherSuite, byte[] TranscriptHash, SessionOffer? Session, DateTimeOffset SealedAt) : IDisposable
{
    /// <summary>A client has so long to find its certificate; handshakes end sooner (10 s by default).</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>Seals. null: there is no fresh key to seal with.</summary>
    public static byte[]? Seal(SecretBytes secrets, CipherSuite suite, byte[] transcriptHash, SessionOffer? session, KeyLease lease, OperationServices services)
    {
        var description = session is { Count: > 0 } ? SessionDescription.Encode(session.Facts) : null;
        var fields = new FieldWriter(512);
        try
        {
            fields.UInt64((ulong)services.Time.GetUtcNow().ToUnixTimeMilliseconds());
            fields.UInt16((ushort)suite);
            fields.Vector8(secrets.Span);
            fields.Vector8(transcriptHash);
            fields.UInt8(description is null ? (byte)0 : (byte)session!.Count);
            fields.Vector16(description);
            return SealedBox.Seal(services.Crypto, services.States, fields.Written, ContextOf(lease));
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>Opens; the caller disposes it. null: altered, of another edge or key, too old, or sealed elsewhere.</summary>
    public static SealedTls13End? TryOpen(ReadOnlySpan<byte> state, KeyLease lease, OperationServices services)
    {
        using var content = SealedBox.TryOpen(services.Crypto, services.States, state, ContextOf(lease));
        if (content is null)
            return null;
        var fields = new FieldReader(content.Span);
        var sealedAt = fields.UInt64();
        var suite = (CipherSuite)fields.UInt16();
        var secrets = fields.Vector8();
        var hash = fields.Vector8();
        var count = fields.UInt8();
        var description = SessionDescription.TryDecode(fields.Vector16());
        // Clocks of a pool may differ either way.
        var age = services.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)sealedAt;
        return fields.IsComplete && Math.Abs(age) <= Lifetime.TotalMilliseconds
            ? new SealedTls13End(SecretBytes.CopyOf(secrets), suite, hash.ToArray(), description is null ? null : new SessionOffer(description, default, count), DateTimeOffset.FromUnixTimeMilliseconds((long)sealedAt))
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => Secrets.Dispose();

    private static byte[] ContextOf(KeyLease lease) => [.. "tls 1.3 finished\0"u8, .. lease.Key.Ski, .. Encoding.UTF8.GetBytes(lease.Edge.Name)];
}
