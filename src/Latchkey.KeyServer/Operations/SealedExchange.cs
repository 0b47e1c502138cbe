using System.Text;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// What a key exchange needs between its two questions, sealed and carried by the edge, so that the key server remembers nothing and any other of its pool can
/// answer the second one (catalogue K3). Bound to key, edge, both randoms and time.
/// </summary>
/// <remarks>
/// Opening it twice gives the same answer to the same edge for the same handshake, which is what lets a question be asked again after a lost connection; for another
/// handshake it does not open, because nobody has a nonce that leads to another handshake's random.
/// </remarks>
internal static class SealedExchange
{
    /// <summary>A client has so long to send its ClientKeyExchange; handshakes end sooner (10 s by default).</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>Seals. null: there is no fresh key to seal with.</summary>
    /// <param name="clientRandom">32 bytes.</param>
    /// <param name="serverRandom">32 bytes.</param>
    public static byte[]? Seal(NamedGroup group, SecretBytes privateValue, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom, KeyLease lease, OperationServices services)
    {
        var fields = new FieldWriter(128);
        try
        {
            fields.UInt64((ulong)services.Time.GetUtcNow().ToUnixTimeMilliseconds());
            fields.UInt16((ushort)group);
            fields.Bytes(clientRandom);
            fields.Bytes(serverRandom);
            fields.Vector8(privateValue.Span);
            return SealedBox.Seal(services.Crypto, services.States, fields.Written, ContextOf(lease));
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>Goes on with the exchange; the caller owns it. null: altered, of another edge or key, of another handshake, too old, or sealed elsewhere.</summary>
    /// <param name="clientRandom">32 bytes.</param>
    /// <param name="serverRandom">32 bytes.</param>
    public static KeyExchange? TryOpen(ReadOnlySpan<byte> state, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom, KeyLease lease, OperationServices services)
    {
        using var content = SealedBox.TryOpen(services.Crypto, services.States, state, ContextOf(lease));
        if (content is null)
            return null;
        var fields = new FieldReader(content.Span);
        var sealedAt = fields.UInt64();
        var group = (NamedGroup)fields.UInt16();
        var isOfThisHandshake = fields.Bytes(32).SequenceEqual(clientRandom) & fields.Bytes(32).SequenceEqual(serverRandom);
        var privateValue = fields.Vector8();
        // Clocks of a pool may differ either way.
        var age = services.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)sealedAt;
        return fields.IsComplete && isOfThisHandshake && Math.Abs(age) <= Lifetime.TotalMilliseconds
            ? services.Crypto.ImportKeyExchange(group, privateValue)
            : null;
    }

    private static byte[] ContextOf(KeyLease lease) => [.. "key exchange\0"u8, .. lease.Key.Ski, .. Encoding.UTF8.GetBytes(lease.Edge.Name)];
}
