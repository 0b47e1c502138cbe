using System.Buffers.Binary;
using System.Net;
using System.Text;
using Latchkey.Interop.Deployed;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>A key of a ring as one learns it who may: an edge, or another key server.</summary>
/// <param name="Name">Hexadecimal, as at the head of tickets.</param>
internal sealed record KnownTicketKey(string Name, byte[] Secret, DateTimeOffset OpenUntil);

/// <summary>Asks a fleet's key server for its keys with frames of this project's own.</summary>
internal static class KnownTicketKeys
{
    private const int EntrySize = 88;

    /// <summary>Those of the fleet's site, as an edge gets them (operation 4B).</summary>
    public static async Task<IReadOnlyList<KnownTicketKey>> OfSiteAsync(TicketFleet fleet, Role keyServer)
    {
        var site = Encoding.ASCII.GetBytes(TicketFleet.Host);
        var certificate = fleet.Files.Deployment.CertificateOf(TicketFleet.Site);
        // An audience's tag of 8 bytes stands before the entries.
        return Read((await AskAsync(fleet, keyServer, TicketFleetFiles.NameOf(0), Frames.TicketKeys, [(byte)site.Length, .. site], Ski.Of(certificate))).AsSpan(8));
    }

    /// <summary>What they are derived from, as the other key server gets it (operation 53).</summary>
    public static async Task<IReadOnlyList<KnownTicketKey>> RootsAsync(TicketFleet fleet, Role keyServer) =>
        Read(await AskAsync(fleet, keyServer, keyServer == fleet.A ? "keyserver-b.test" : "keyserver-a.test", Frames.ShareTicketKeyRoots, [], null));

    private static async Task<byte[]> AskAsync(TicketFleet fleet, Role keyServer, string identity, byte opcode, byte[] payload, byte[]? ski)
    {
        var links = fleet.Files.Deployment.Links;
        await using var edge = await DeployedEdge.ConnectAsync(keyServer.Endpoint, links, links.IssueClient(identity));
        Assert.Equal(Frames.Response, (await edge.AskAsync(Frames.Encode(1, (0x11, [Frames.Capabilities]), (Frames.Capabilities, [0, 1, 0, 0, 0, 0]))))?.Opcode);
        var reply = await edge.AskAsync(Frames.Request(2, opcode, payload, ski));
        Assert.True(reply?.Opcode == Frames.Response, $"{identity} asked {keyServer.Endpoint} for {opcode:X2}: {reply?.Opcode:X2} {Convert.ToHexString(reply?.Payload ?? [])}");
        return reply!.Payload;
    }

    private static List<KnownTicketKey> Read(ReadOnlySpan<byte> entries)
    {
        var keys = new List<KnownTicketKey>();
        for (; entries.Length >= EntrySize; entries = entries[EntrySize..])
        {
            keys.Add(new KnownTicketKey(
                Convert.ToHexStringLower(entries[..16]),
                entries.Slice(16, 32).ToArray(),
                DateTimeOffset.FromUnixTimeMilliseconds((long)BinaryPrimitives.ReadUInt64BigEndian(entries[72..]))));
        }

        Assert.True(entries.IsEmpty && keys.Count > 0);
        return keys;
    }
}
