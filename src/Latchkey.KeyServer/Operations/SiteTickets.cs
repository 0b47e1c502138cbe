using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Latchkey.KeyServer.Policy;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// The ticket keys of one site of one private key, derived from its roots: no ring serves two tenants, and none that leaves (R5) seals anything else (attack 9).
/// All key servers that have the same roots derive the same.
/// </summary>
internal static class SiteTickets
{
    /// <summary>
    /// Keys that edges are given (R5); lent. They follow from who may have them, too: when the owner takes an edge off the list or its certificate is revoked, those that stay get
    /// other keys at once, and what that edge was given opens nothing that is sealed from then on (attack 10).
    /// </summary>
    /// <param name="site">UTF-8.</param>
    public static DerivedTicketKeyRing HandedOut(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) => services.Sealing.Derive(HandedOutPurpose(lease, site, services));

    /// <summary>Another number wherever <see cref="HandedOut"/> is another ring; not secret, and tells nothing of who they are.</summary>
    /// <param name="site">UTF-8.</param>
    public static ulong Audience(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData([.. "audience\0"u8, .. HandedOutPurpose(lease, site, services)]));

    /// <summary>Keys that stay here (R6); lent.</summary>
    /// <param name="site">UTF-8.</param>
    public static DerivedTicketKeyRing Kept(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) => Derive("kept\0"u8, lease, site, services);

    /// <summary>Keys of sessions whose secret no edge may have (R4): no other operation opens what they seal; lent.</summary>
    /// <param name="site">UTF-8.</param>
    public static DerivedTicketKeyRing OfSessions(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) => Derive("sessions\0"u8, lease, site, services);

    /// <summary>Keys of relayed sessions' tickets, which stay here as well (R11); lent.</summary>
    /// <param name="site">UTF-8.</param>
    public static DerivedTicketKeyRing Relayed(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) => Derive("relayed\0"u8, lease, site, services);

    /// <summary>Keys of those relayed sessions whose master secret an edge has: what was never handed over is not handed over at a resumption either (attack 1); lent.</summary>
    /// <param name="site">UTF-8.</param>
    public static DerivedTicketKeyRing HandedOver(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) => Derive("handed over\0"u8, lease, site, services);

    /// <summary>Whether the name that policy has been asked about is that of the session, which an edge could otherwise choose freely. Edges that may have every name need not give one.</summary>
    public static bool IsNamed(SessionFacts session, ReadOnlySpan<byte> name) => name.IsEmpty || Ascii.EqualsIgnoreCase(name, session.ServerName ?? "");

    // All but the last part has a fixed length, so that no two purposes run together.
    private static byte[] HandedOutPurpose(KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) => lease.Key.Source.Tenant is { } tenant
        ? [.. "tenant's tickets\0"u8, .. MayHaveThem(lease.Key.Source, services), .. Encoding.UTF8.GetBytes(tenant)]
        : [.. "site's tickets\0"u8, .. MayHaveThem(lease.Key.Source, services), .. lease.Key.Ski, .. site];

    private static DerivedTicketKeyRing Derive(ReadOnlySpan<byte> purpose, KeyLease lease, ReadOnlySpan<byte> site, OperationServices services) =>
        services.Sealing.Derive([.. "site tickets, "u8, .. purpose, .. SHA256.HashData(Encoding.UTF8.GetBytes(lease.Key.Source.Renewal)), .. lease.Key.Ski, .. site]);

    // All key servers of a pool have the same rules, authorities and revocation lists, or soon will; until then edges have the keys of both, which the key servers have not of each other.
    private static byte[] MayHaveThem(KeySource source, OperationServices services)
    {
        // A rule whose custody has been narrowed gives them no more, whatever its operations say.
        var edges = source.InForce.Where(rule => (rule.Operations & KeyOperations.TicketKeys) != 0 && rule.Custody >= KeyCustody.MasterSecret)
            .SelectMany(rule => rule.Edges ?? ["*"])
            .Select(edge => edge.ToLowerInvariant())
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return SHA256.HashData([.. services.Admitted().Span, .. Encoding.UTF8.GetBytes(string.Join('\n', [source.Renewal, .. edges]))]);
    }

    /// <summary>What a ticket of the site is bound to.</summary>
    public static byte[] ContextOf(ReadOnlySpan<byte> site) => TicketStore.ContextOf(Encoding.UTF8.GetString(site));
}
