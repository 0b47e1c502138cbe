namespace Latchkey.KeyServer;

/// <summary>What a reload cannot change.</summary>
internal static class RestartNeeded
{
    /// <param name="now">In force.</param>
    /// <param name="next">About to be.</param>
    /// <param name="sealsOtherwise">The sealing secret is another one.</param>
    /// <returns>The settings in the configuration's words, with commas between; empty: none has changed.</returns>
    public static string For(KeyServerOptions now, KeyServerOptions next, bool sealsOtherwise) =>
        string.Join(", ", sealsOtherwise ? Changed(now, next).Append("sealingSecretFile") : Changed(now, next));

    private static IEnumerable<string> Changed(KeyServerOptions now, KeyServerOptions next)
    {
        if (!Equals(now.Listen, next.Listen))
            yield return "listen";
        if (!now.Dial.SequenceEqual(next.Dial))
            yield return "dial";
        if (now.BindInterface != next.BindInterface)
            yield return "bindInterface";
        if (now.Limits.Workers != next.Limits.Workers)
            yield return "limits.workers";
        if ((now.Freshness.Window, now.Freshness.Remembered) != (next.Freshness.Window, next.Freshness.Remembered))
            yield return "freshness";
        if (!Equals(now.Audit, next.Audit))
            yield return "audit";
        if (!now.TicketKeys.Peers.SequenceEqual(next.TicketKeys.Peers, StringComparer.OrdinalIgnoreCase))
            yield return "ticketKeys.peers";
        if (now.SealingSecret is not null && now.TicketKeys.Schedule != next.TicketKeys.Schedule)
            yield return "ticketKeys";
        if (now.RequireSignedRequests != next.RequireSignedRequests)
            yield return "requireSignedRequests";
        if (!Described(now.RequestKeys).SequenceEqual(Described(next.RequestKeys)))
            yield return "edges";
    }

    private static IEnumerable<string> Described(IEnumerable<Requests.EdgeRequestKey> keys) => keys.Select(key => $"{key.Edge} {Convert.ToHexString(key.SubjectPublicKeyInfo.Span)}");
}
