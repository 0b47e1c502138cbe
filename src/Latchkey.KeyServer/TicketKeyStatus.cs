using System.Diagnostics.Metrics;

namespace Latchkey.KeyServer;

/// <summary>The keys that ticket keys are derived from, at one moment; nothing in it is secret.</summary>
/// <param name="IsGenerated">Whether this key server makes them; false: rotation is switched off, or they follow from a sealing secret.</param>
/// <param name="Keys">Keys that open, the next ones among them.</param>
/// <param name="Own">Of these, those that this run of this key server made.</param>
/// <param name="IsFresh">Whether there is one that seals now; false: no tickets are issued.</param>
/// <param name="IsNextPresent">Whether there is one for after that.</param>
/// <param name="SealsUntil">When the last one ends to seal; null: there is none.</param>
/// <param name="AgeSeconds">Time since the youngest was made; null: there is none.</param>
/// <param name="Peers">Other key servers whose keys are held here as well.</param>
public sealed record TicketKeyStatus(bool IsGenerated, int Keys, int Own, bool IsFresh, bool IsNextPresent, DateTimeOffset? SealsUntil, double? AgeSeconds, IReadOnlyList<TicketKeyPeerStatus> Peers)
{
    /// <summary>What is amiss, a sentence each; none where all is as it should be.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. IsFresh ? Array.Empty<string>() : ["There is no fresh ticket key: no tickets are issued, and handshakes are full ones."],
        .. Peers.Where(peer => peer.Failure is not null).Select(peer => $"Peer {peer.Peer} at {peer.EndPoint} gives no ticket keys: {peer.Failure}"),
    ];

    internal IEnumerable<Measurement<int>> Counts => [new(Own, new KeyValuePair<string, object?>("made_by", "own")), new(Keys - Own, new KeyValuePair<string, object?>("made_by", "peer"))];

    internal IEnumerable<Measurement<double>> Ages => AgeSeconds is { } age ? [new Measurement<double>(age)] : [];
}

/// <summary>A peer, one of its endpoints.</summary>
/// <param name="Peer">Its name in the configuration.</param>
/// <param name="EndPoint">Where it is.</param>
/// <param name="IsFollowed">Whether it would say at once that its keys have changed.</param>
/// <param name="LastGave">When it last gave its keys; null: never.</param>
/// <param name="Failure">Why it gives none; null: it does, or is not connected.</param>
/// <param name="SkewSeconds">Its clock less this machine's; null: not measured.</param>
public sealed record TicketKeyPeerStatus(string Peer, string EndPoint, bool IsFollowed, DateTimeOffset? LastGave, string? Failure, double? SkewSeconds)
{
    internal Measurement<T> Of<T>(T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("peer", Peer), new KeyValuePair<string, object?>("endpoint", EndPoint));
}
